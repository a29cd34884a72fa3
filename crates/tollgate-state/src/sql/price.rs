//! Prices of tenants and modules.

use super::access::{may_act, tenant_is_there};
use super::connection::Connection;
use super::value::{DbResult, Optional as _, Row, amount, params, unsigned};
use super::{Store, Undo, audit};
use crate::audit::Act;
use crate::error::{StateError, invalid};
use crate::limits::PRICES_PER_TENANT_MAX;
use crate::price::{PriceEntry, Prices, PricesOf};

const COLUMNS: &str = "second, megabyte, giga_gas, minimum";

fn read(row: &Row<'_>) -> DbResult<Prices> {
    Ok(Prices {
        second: unsigned(row, 0)?,
        megabyte: unsigned(row, 1)?,
        giga_gas: unsigned(row, 2)?,
        minimum: unsigned(row, 3)?,
    })
}

impl Store {
    /// The prices that are in force for a module of a tenant: its own, or those of the tenant. `None`: neither was set.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn prices_of(&self, tenant: &str, module: &str) -> Result<Option<Prices>, StateError> {
        prices_of(&self.connection, tenant, module).map_err(|e| self.failed("reading", e))
    }

    /// All prices that were set for a tenant: its own first, and then those of its modules by name.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn prices(&self, tenant: &str) -> Result<Vec<PriceEntry>, StateError> {
        self.rows(
            &format!(
                "SELECT {COLUMNS}, module, set_at FROM price WHERE tenant = ?1 ORDER BY module"
            ),
            params![tenant],
            |row| {
                let module: String = row.get(4)?;
                Ok(PriceEntry {
                    module: (!module.is_empty()).then_some(module),
                    prices: read(row)?,
                    set_at: row.get(5)?,
                })
            },
        )
    }

    /// Changes prices of the tenant that `act` names, from those that are in force by then (`None`: neither its own nor the tenant's
    /// were set), and returns what they are now. Runs that are under way keep theirs.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such tenant, [`StateError::Invalid`].
    pub fn change_prices(
        &mut self,
        act: &Act<'_>,
        of: PricesOf<'_>,
        change: impl FnOnce(Option<Prices>) -> Prices,
    ) -> Result<Prices, StateError> {
        let module = of.kept()?;
        self.write_or_undo("setting prices in", |tx| {
            may_act(tx, act)?;
            tenant_is_there(tx, act.tenant)?;
            room_for_prices(tx, act.tenant, module)?;
            let set = change(prices_of(tx, act.tenant, module)?);
            set.check()?;
            let Prices {
                second,
                megabyte,
                giga_gas,
                minimum,
            } = set;
            tx.write("INSERT INTO price (tenant, module, second, megabyte, giga_gas, minimum, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (tenant, module) DO UPDATE SET second = ?3, megabyte = ?4, giga_gas = ?5, minimum = ?6, set_at = ?7", params![
                act.tenant, module, amount(second)?, amount(megabyte)?, amount(giga_gas)?, amount(minimum)?, act.at])?;
            let what = audit::What {
                action: "price.set",
                object: act.tenant,
                detail: serde_json::json!({
                    "module": module,
                    "second_micro_usd": second,
                    "megabyte_micro_usd": megabyte,
                    "giga_gas_micro_usd": giga_gas,
                    "minimum_micro_usd": minimum,
                }),
            };
            audit::append(tx, act, &what)?;
            Ok(set)
        })
    }

    /// Removes prices of the tenant that `act` names, so that those of the tenant or of the server are in force again.
    ///
    /// # Errors
    /// [`StateError::Absent`] when none were set, [`StateError::Invalid`].
    pub fn remove_prices(&mut self, act: &Act<'_>, of: PricesOf<'_>) -> Result<(), StateError> {
        let module = of.kept()?;
        self.write_or_undo("removing prices from", |tx| {
            may_act(tx, act)?;
            tenant_is_there(tx, act.tenant)?;
            let gone = tx.execute(
                "DELETE FROM price WHERE tenant = ?1 AND module = ?2",
                params![act.tenant, module],
            )?;
            if gone == 0 {
                return Err(match of {
                    PricesOf::Tenant => StateError::absent("price list of the tenant", act.tenant),
                    PricesOf::Module(name) => StateError::absent("price list of the module", name),
                }
                .into());
            }
            let what = audit::What {
                action: "price.remove",
                object: act.tenant,
                detail: serde_json::json!({ "module": module }),
            };
            audit::append(tx, act, &what)
        })
    }
}

fn prices_of(tx: &Connection, tenant: &str, module: &str) -> DbResult<Option<Prices>> {
    let found = tx.query_row(
        &format!(
            "SELECT {COLUMNS} FROM price WHERE tenant = ?1 AND module IN (?2, '') ORDER BY module DESC LIMIT 1"
        ),
        params![tenant, module],
        read,
    );
    found.optional()
}

/// Refuses more prices than a tenant can have.
fn room_for_prices(tx: &Connection, tenant: &str, module: &str) -> Result<(), Undo> {
    let others: i64 = tx.query_row(
        "SELECT count(*) FROM price WHERE tenant = ?1 AND module <> ?2",
        params![tenant, module],
        |row| row.get(0),
    )?;
    if others < PRICES_PER_TENANT_MAX {
        return Ok(());
    }
    let rule = format!("a tenant has at most {PRICES_PER_TENANT_MAX} price lists");
    Err(invalid("price list", module.to_owned(), rule).into())
}
