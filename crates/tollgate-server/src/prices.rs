//! Prices in the three sets of words there are of them: as they are kept, as a run is charged by them, and as they are told.

use tollgate::{Cost, PriceList};
use tollgate_state::price::Prices;

/// Prices that were set, as a run is charged by them.
pub(crate) fn list(set: &Prices) -> PriceList {
    let Prices {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = *set;
    PriceList {
        second: Cost::from_micro_usd(second),
        megabyte: Cost::from_micro_usd(megabyte),
        giga_gas: Cost::from_micro_usd(giga_gas),
        minimum: Cost::from_micro_usd(minimum),
    }
}

/// Prices by which a run is charged, as they are kept.
pub(crate) fn kept(list: &PriceList) -> Prices {
    let PriceList {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = *list;
    Prices {
        second: second.micro_usd(),
        megabyte: megabyte.micro_usd(),
        giga_gas: giga_gas.micro_usd(),
        minimum: minimum.micro_usd(),
    }
}

/// Prices as they are told.
pub(crate) fn wire(list: &PriceList) -> tollgate_api::Prices {
    let Prices {
        second,
        megabyte,
        giga_gas,
        minimum,
    } = kept(list);
    tollgate_api::Prices {
        second_micro_usd: second,
        megabyte_micro_usd: megabyte,
        giga_gas_micro_usd: giga_gas,
        minimum_micro_usd: minimum,
    }
}
