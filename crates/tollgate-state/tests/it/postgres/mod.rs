//! The adapter for PostgreSQL: the contract, and what is its own.

#[path = "../contract/mod.rs"]
mod contract;
mod losing;
mod migrating;
mod opening;
mod schema;

use std::time::Duration;

use tollgate_state::{Place as Where, Store};

/// A state in a schema of its own.
#[derive(Clone)]
struct Place {
    at: Where,
}

impl Place {
    /// Another connection to the state, which waits long for others, as that of the other adapter.
    fn open(&self) -> Store {
        let mut store = Store::at(&self.at).unwrap();
        store.set_busy_timeout(Duration::from_secs(120)).unwrap();
        store
    }
}

/// A fresh state.
fn fresh() -> (Place, Store) {
    let url = test_postgres::server().fresh();
    let place = Place {
        at: Where::Postgres(url.parse().unwrap()),
    };
    let store = Store::at(&place.at).unwrap();
    (place, store)
}
