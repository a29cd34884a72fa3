//! Gas while a program runs.
//!
//! Nearly every charge is in the compute layer, so the interpreter keeps one number, the slack: what may still be charged
//! there before any limit is reached. Other charges go through [`Meter::charge`], which settles the slack first.

use crate::data::gas::{Gas, GasLimits, Layer};
use crate::host::outcome::GasLayer;

/// What was used and what is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    limits: GasLimits,
    used: Gas,
    /// The slack when it was last settled.
    settled: u64,
}

impl Meter {
    /// Nothing used yet; gives the slack.
    pub(super) fn new(limits: GasLimits) -> (Self, u64) {
        let slack = limits.total.min(limits.layers.compute);
        let meter = Self {
            limits,
            used: Gas::ZERO,
            settled: slack,
        };
        (meter, slack)
    }

    /// What was used, the slack being what it is.
    #[inline]
    pub(super) fn used(&self, slack: u64) -> Gas {
        let mut used = self.used;
        used.compute += self.settled - slack;
        used
    }

    /// The limit that a charge in the compute layer did not fit.
    #[cold]
    pub(super) fn exhausted(&self, slack: u64, amount: u64) -> GasLayer {
        let left = self.limits.total - self.used(slack).total();
        if amount > left {
            GasLayer::Total
        } else {
            GasLayer::Layer(Layer::Compute)
        }
    }

    /// Charges in all layers at once, or nothing; gives the new slack.
    ///
    /// # Errors
    /// The limit that it does not fit.
    #[inline]
    pub(super) fn charge(&mut self, slack: u64, gas: &Gas) -> Result<u64, GasLayer> {
        let used = self.used(slack);
        let limits = &self.limits;
        if gas.total() > limits.total - used.total() {
            return Err(GasLayer::Total);
        }
        let layers = [
            (
                gas.network,
                limits.layers.network,
                used.network,
                Layer::Network,
            ),
            (
                gas.compute,
                limits.layers.compute,
                used.compute,
                Layer::Compute,
            ),
            (
                gas.storage,
                limits.layers.storage,
                used.storage,
                Layer::Storage,
            ),
            (gas.realm, limits.layers.realm, used.realm, Layer::Realm),
        ];
        for (amount, limit, used, layer) in layers {
            if amount > limit - used {
                return Err(GasLayer::Layer(layer));
            }
        }
        self.used = used.plus(gas);
        self.settled =
            (limits.total - self.used.total()).min(limits.layers.compute - self.used.compute);
        Ok(self.settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(total: u64, layers: Gas) -> GasLimits {
        GasLimits { total, layers }
    }

    #[test]
    fn a_charge_that_does_not_fit_is_not_made() {
        let (mut meter, slack) = Meter::new(GasLimits::total(100));
        let network = Gas::in_layer(Layer::Network, 60);
        let slack = meter.charge(slack, &network).unwrap();
        assert_eq!(slack, 40);
        assert_eq!(meter.charge(slack, &network), Err(GasLayer::Total));
        assert_eq!(meter.used(slack - 15), network.plus(&Gas::compute(15)));
        assert_eq!(meter.exhausted(slack - 15, 26), GasLayer::Total);
    }

    #[test]
    fn the_total_is_checked_before_the_layers_and_network_before_compute() {
        let tight = Gas {
            network: 5,
            compute: 5,
            storage: 5,
            realm: 5,
        };
        let (mut meter, slack) = Meter::new(limits(10, tight));
        assert_eq!(slack, 5);
        let both = Gas {
            network: 6,
            compute: 6,
            ..Gas::ZERO
        };
        assert_eq!(meter.charge(slack, &both), Err(GasLayer::Total));
        let both = Gas {
            network: 6,
            compute: 4,
            ..Gas::ZERO
        };
        assert_eq!(
            meter.charge(slack, &both),
            Err(GasLayer::Layer(Layer::Network))
        );
        assert_eq!(meter.exhausted(slack, 6), GasLayer::Layer(Layer::Compute));
        assert_eq!(meter.exhausted(slack, 11), GasLayer::Total);
    }
}
