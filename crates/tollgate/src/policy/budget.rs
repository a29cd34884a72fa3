//! Gas and mana of an evaluation: what there is, what is used, layer by layer.
//!
//! Gas is a property of program and input; mana is what somebody pays for it, from a bucket that refills. Before the
//! evaluation the most it can cost is reserved; after it what was used is settled and the rest given back.

use tollgate_ecl::GasLimits;
use tollgate_ecl::data::gas::Gas;

use crate::limits::MICRO_MANA_PER_GAS;

/// Micro-mana for one gas of each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManaPrice {
    /// For one gas of the network layer, in micro-mana.
    pub network: u64,
    /// For one gas of the compute layer, in micro-mana.
    pub compute: u64,
    /// For one gas of the storage layer, in micro-mana.
    pub storage: u64,
    /// For one gas of the realm layer, in micro-mana.
    pub realm: u64,
}

impl ManaPrice {
    /// The same price in every layer: [`MICRO_MANA_PER_GAS`].
    pub const STANDARD: Self = Self {
        network: MICRO_MANA_PER_GAS,
        compute: MICRO_MANA_PER_GAS,
        storage: MICRO_MANA_PER_GAS,
        realm: MICRO_MANA_PER_GAS,
    };

    /// What that gas costs, in micro-mana of each layer.
    #[must_use]
    pub const fn of(&self, gas: &Gas) -> Gas {
        Gas {
            network: gas.network.saturating_mul(self.network),
            compute: gas.compute.saturating_mul(self.compute),
            storage: gas.storage.saturating_mul(self.storage),
            realm: gas.realm.saturating_mul(self.realm),
        }
    }

    /// The most an evaluation can cost, in micro-mana: within its limits, and within the program's static bound.
    #[must_use]
    pub fn worst_case(&self, bound: &Gas, limits: &GasLimits) -> u64 {
        let mut layers = [
            (self.network, bound.network.min(limits.layers.network)),
            (self.compute, bound.compute.min(limits.layers.compute)),
            (self.storage, bound.storage.min(limits.layers.storage)),
            (self.realm, bound.realm.min(limits.layers.realm)),
        ];
        // The total is spent worst where gas is dearest.
        layers.sort_unstable_by_key(|(price, _)| std::cmp::Reverse(*price));
        let mut left = limits.total;
        let mut cost = 0_u64;
        for (price, most) in layers {
            let gas = most.min(left);
            left -= gas;
            cost = cost.saturating_add(gas.saturating_mul(price));
        }
        cost
    }
}

/// What an evaluation may use and has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Budget {
    /// Gas used in each layer.
    pub gas_used: Gas,
    /// Gas there is, over all layers and in each.
    pub gas_limits: GasLimits,
    /// Micro-mana used for the gas of each layer.
    pub mana_used: Gas,
    /// Micro-mana that was reserved: the most that could be used. 0 when nobody pays.
    pub mana_limit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAR_REALM: ManaPrice = ManaPrice {
        network: 2,
        compute: 1,
        storage: 1,
        realm: 10,
    };

    #[test]
    fn the_worst_case_spends_the_total_where_gas_is_dearest() {
        let bound = Gas {
            network: 30,
            compute: 100,
            storage: 0,
            realm: 5,
        };
        let limits = GasLimits::total(50);
        assert_eq!(DEAR_REALM.worst_case(&bound, &limits), 5 * 10 + 30 * 2 + 15);
        let roomy = GasLimits::total(1_000);
        assert_eq!(DEAR_REALM.worst_case(&bound, &roomy), 5 * 10 + 30 * 2 + 100);
    }

    #[test]
    fn no_evaluation_costs_more_than_the_worst_case() {
        let bound = Gas {
            network: 7,
            compute: 40,
            storage: 20,
            realm: 50,
        };
        for total in 0..130 {
            let limits = GasLimits::total(total);
            let most = DEAR_REALM.worst_case(&bound, &limits);
            for realm in 0..=bound.realm.min(total) {
                let network = bound.network.min(total - realm);
                let compute = bound.compute.min(total - realm - network);
                let gas = Gas {
                    network,
                    compute,
                    storage: 0,
                    realm,
                };
                assert!(DEAR_REALM.of(&gas).total() <= most, "{total} {gas:?}");
            }
        }
    }

    #[test]
    fn prices_beyond_all_bounds_do_not_wrap() {
        let price = ManaPrice {
            compute: u64::MAX,
            ..ManaPrice::STANDARD
        };
        let bound = Gas::compute(u64::MAX);
        let limits = GasLimits::total(u64::MAX);
        assert_eq!(price.worst_case(&bound, &limits), u64::MAX);
        assert_eq!(price.of(&bound).compute, u64::MAX);
    }
}
