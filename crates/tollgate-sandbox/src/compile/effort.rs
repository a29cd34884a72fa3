//! How much effort goes into the code of a module, and who decides that.
//!
//! Optimising takes most of the time of compiling a large module, and its first run waits for that. So a module whose estimate
//! says seconds runs without at first, and is optimised when nobody waits. How deep a stack goes depends on the effort, so at
//! the levels of determinism that fix what code does the module alone decides, and nothing changes it afterwards.

use serde::{Deserialize, Serialize};

use crate::{
    config::{Determinism, Tier},
    limits,
    prescan::Scan,
};

/// When modules that take long to optimise are optimised. At the levels of determinism that fix what code does, no choice
/// changes anything: one effort belongs to a module there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimise {
    /// They run without at first and are optimised beside that, one at a time: executions that begin afterwards use the
    /// optimised code. The default.
    #[default]
    After,
    /// Before they run, unless half of the time for compiling is too little for that.
    Before,
    /// Not here: for a process that ends when they do.
    Never,
}

/// What a worker is told about the effort.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Choice {
    /// It is this.
    This(Tier),
    /// Optimise up to this estimated cost, and compile what costs more without.
    UpTo(u64),
    /// Optimise up to this estimated cost, and leave what costs more alone.
    OnlyUpTo(u64),
}

impl Choice {
    /// The choice for the first run of a module.
    pub(super) fn first(optimise: Optimise, determinism: Determinism) -> Self {
        match (determinism, optimise) {
            (Determinism::Full | Determinism::NoFloat, _) => Self::UpTo(limits::COMPILE_COST_SPEED),
            (Determinism::Off, Optimise::Before) => Self::This(Tier::Speed),
            (Determinism::Off, Optimise::After | Optimise::Never) => {
                Self::UpTo(limits::COMPILE_COST_SOON)
            }
        }
    }

    /// The choice for a module that has run without optimisation.
    pub(super) fn later() -> Self {
        Self::OnlyUpTo(limits::COMPILE_COST_SPEED)
    }

    /// The effort for a module; `None` if it is to be left alone.
    pub(super) fn tier(self, scan: &Scan) -> Option<Tier> {
        match self {
            Self::This(tier) => Some(tier),
            Self::UpTo(cost) if scan.compile_cost > cost => Some(Tier::Quick),
            Self::OnlyUpTo(cost) if scan.compile_cost > cost => None,
            Self::UpTo(_) | Self::OnlyUpTo(_) => Some(Tier::Speed),
        }
    }
}

impl Optimise {
    /// Whether code of this effort is what is asked for, if it is there already.
    pub(crate) fn takes(self, tier: Tier, determinism: Determinism) -> bool {
        match (self, tier) {
            (Self::Before, Tier::Quick) => determinism != Determinism::Off,
            (Self::Before, Tier::Speed) | (Self::After | Self::Never, _) => true,
        }
    }

    /// Whether code of this effort is to be replaced by better.
    pub(crate) fn improves(self, tier: Tier, determinism: Determinism) -> bool {
        (self, tier, determinism) == (Self::After, Tier::Quick, Determinism::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(optimise: Optimise, determinism: Determinism, compile_cost: u64) -> Option<Tier> {
        let scan = Scan {
            compile_cost,
            ..Scan::default()
        };
        Choice::first(optimise, determinism).tier(&scan)
    }

    const LARGE: u64 = limits::COMPILE_COST_SOON + 1;

    #[test]
    fn a_large_module_runs_without_optimisation_at_first() {
        assert_eq!(
            first(Optimise::After, Determinism::Off, LARGE),
            Some(Tier::Quick)
        );
        assert_eq!(
            first(Optimise::Never, Determinism::Off, LARGE),
            Some(Tier::Quick)
        );
        assert_eq!(
            first(Optimise::After, Determinism::Off, LARGE - 1),
            Some(Tier::Speed)
        );
    }

    #[test]
    fn a_level_of_determinism_names_one_effort_for_a_module() {
        for determinism in [Determinism::Full, Determinism::NoFloat] {
            for optimise in [Optimise::After, Optimise::Before, Optimise::Never] {
                assert_eq!(first(optimise, determinism, LARGE), Some(Tier::Speed));
                let huge = limits::COMPILE_COST_SPEED + 1;
                assert_eq!(first(optimise, determinism, huge), Some(Tier::Quick));
                assert!(optimise.takes(Tier::Quick, determinism));
                assert!(!optimise.improves(Tier::Quick, determinism));
            }
        }
    }

    #[test]
    fn code_that_is_to_be_optimised_before_is_never_taken_without() {
        assert!(!Optimise::Before.takes(Tier::Quick, Determinism::Off));
        assert!(Optimise::Before.takes(Tier::Speed, Determinism::Off));
        assert!(Optimise::Never.takes(Tier::Quick, Determinism::Off));
    }

    #[test]
    fn what_would_take_too_long_is_not_optimised_later_either() {
        let scan = |compile_cost| Scan {
            compile_cost,
            ..Scan::default()
        };
        assert_eq!(Choice::later().tier(&scan(LARGE)), Some(Tier::Speed));
        assert_eq!(
            Choice::later().tier(&scan(limits::COMPILE_COST_SPEED + 1)),
            None
        );
    }
}
