//! The ledger: every change is part of one transaction, with what it pays for.

use super::access::may_act;
use super::connection::Connection;
use super::value::{DbError, DbResult, Optional as _, Row, amount, params, unsigned};
use super::{Store, Undo, Undone, audit};
use crate::audit::Act;
use crate::error::{StateError, invalid};
use crate::ledger::{
    Account, Budget, LedgerVerdict, Movement, NewBudget, Reserve, Resolution, Resolved, SetBy,
    TransferEntry,
};
use crate::limits::{PAGE_ROWS_MAX, SPENT_MICRO_USD_MAX};

const COLUMNS: &str = "seq, coalesce(id, resolves), kind, expires_at, debit, credit, amount, at";

fn read(row: &Row<'_>) -> DbResult<TransferEntry> {
    let amount = unsigned(row, 6)?;
    let movement = match row.get(2)? {
        0 => Movement::Moved,
        1 => Movement::Reserved {
            expires_at: row.get(3)?,
        },
        2 => Movement::Ended(Resolution::Posted(amount)),
        3 => Movement::Ended(Resolution::Voided),
        4 => Movement::Ended(Resolution::Expired),
        other => return Err(DbError::out_of_range(2, other)),
    };
    Ok(TransferEntry {
        seq: row.get(0)?,
        id: row.get(1)?,
        movement,
        debit: account(row, 4)?,
        credit: account(row, 5)?,
        amount,
        at: row.get(7)?,
    })
}

fn account(row: &Row<'_>, column: usize) -> DbResult<Account> {
    let number: i64 = row.get(column)?;
    let mut all = Account::ALL.into_iter();
    all.find(|account| account.number() == number)
        .ok_or(DbError::out_of_range(column, number))
}

impl Store {
    /// What a tenant may spend, and what became of it.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such tenant.
    pub fn budget(&self, tenant: &str) -> Result<Budget, StateError> {
        budget(&self.connection, tenant).map_err(|undo| self.undone("reading", undo))
    }

    /// Sets what a tenant may spend in all, and returns what it has then. A budget below what is spent lets nothing begin. The
    /// same id again changes nothing.
    ///
    /// # Errors
    /// [`StateError::AboveCeiling`]; [`StateError::Taken`] when the id is that of another transfer; [`StateError::Invalid`];
    /// [`StateError::Absent`] when there is no such tenant.
    pub fn set_budget(&mut self, act: &Act<'_>, new: &NewBudget<'_>) -> Result<Budget, StateError> {
        new.check()?;
        self.write_or_undo("setting a budget in", |tx| {
            may_act(tx, act)?;
            let before = budget(tx, act.tenant)?;
            let ceiling = new.under(before.ceiling)?;
            let moved = Moved {
                id: new.id,
                by: amount(new.limit.unwrap_or(0))? - amount(before.limit.unwrap_or(0))?,
                set_by: new.by,
            };
            if !moved.once(tx, act)? {
                return Ok(before);
            }
            tx.write("INSERT INTO budget (tenant, limited, ceiling) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant) DO UPDATE SET limited = ?2, ceiling = ?3", params![act.tenant, new.limit.is_some(), ceiling.map(amount).transpose()?])?;
            let what = audit::What {
                action: "budget.set",
                object: act.tenant,
                detail: serde_json::json!({ "limit_micro_usd": new.limit, "ceiling_micro_usd": ceiling }),
            };
            audit::append(tx, act, &what)?;
            budget(tx, act.tenant)
        })
    }

    /// Takes money out of the budget for work to come. The same reservation again changes nothing, and is told so by `false`.
    ///
    /// # Errors
    /// [`StateError::OverBudget`]; [`StateError::Taken`] when the id is that of another transfer; [`StateError::Invalid`].
    pub fn reserve(&mut self, act: &Act<'_>, new: &Reserve<'_>) -> Result<bool, StateError> {
        self.write_or_undo("reserving money in", |tx| {
            may_act(tx, act)?;
            reserve(tx, act, new)
        })
    }

    /// Ends a reservation, unless it has ended. From its last moment on it expires, whatever is asked.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there was never such a reservation, [`StateError::Invalid`] when it holds less than is posted.
    pub fn resolve_reservation(
        &mut self,
        act: &Act<'_>,
        id: &str,
        how: Resolution,
    ) -> Result<Resolved, StateError> {
        self.write_or_undo("settling money in", |tx| resolve(tx, act, id, how))
    }

    /// Expires the reservations of a tenant whose time is over, and returns how many there were.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn expire_reservations(&mut self, act: &Act<'_>) -> Result<usize, StateError> {
        self.write_or_undo("settling money in", |tx| Ok(expire(tx, act)?.len()))
    }

    /// Transfers of a tenant after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn transfers(&self, tenant: &str, after: i64) -> Result<Vec<TransferEntry>, StateError> {
        self.rows(
            &format!(
                "SELECT {COLUMNS} FROM ledger_transfer WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT {PAGE_ROWS_MAX}"
            ),
            params![tenant, after],
            read,
        )
    }

    /// Computes the ledger of a tenant again, from its transfers and from what its runs cost.
    ///
    /// # Errors
    /// [`StateError::Database`], [`StateError::Absent`] when there is no such tenant.
    pub fn verify_ledger(&self, tenant: &str) -> Result<LedgerVerdict, StateError> {
        let check = || -> Result<LedgerVerdict, Undo> {
            // One moment for all that is compared.
            let _left_at_the_end = Undone(&self.connection);
            self.connection.begin_read()?;
            verify(&self.connection, tenant)
        };
        check().map_err(|undo| self.undone("reading the ledger of", undo))
    }
}

fn budget(tx: &Connection, tenant: &str) -> Result<Budget, Undo> {
    let found = tx
        .query_row("SELECT source.debits_posted - source.credits_posted, sales.credits_posted - sales.debits_posted,
                    sales.credits_pending, coalesce(budget.limited, 0), budget.ceiling
             FROM ledger_account source
             JOIN ledger_account sales ON sales.tenant = source.tenant AND sales.account = 2
             LEFT JOIN budget ON budget.tenant = source.tenant
             WHERE source.tenant = ?1 AND source.account = 0", params![tenant], |row| {
            let limited: bool = row.get(3)?;
            let ceiling: Option<i64> = row.get(4)?;
            Ok(Budget {
                limit: limited.then(|| unsigned(row, 0)).transpose()?,
                spent: unsigned(row, 1)?,
                reserved: unsigned(row, 2)?,
                ceiling: ceiling.map(|_| unsigned(row, 4)).transpose()?,
            })
        })
        .optional()?;
    found.ok_or_else(|| StateError::absent("tenant", tenant).into())
}

/// The accounts of a tenant, empty.
pub(super) fn open_accounts(tx: &Connection, tenant: &str) -> DbResult<()> {
    for account in Account::ALL {
        tx.write(
            "INSERT INTO ledger_account (tenant, account) VALUES (?1, ?2)",
            params![tenant, account.number()],
        )?;
    }
    Ok(())
}

/// What changes in the budget's account and in the one opposite.
struct Change {
    opposite: Account,
    /// Signed: what more is pending, and what more is posted.
    pending: i64,
    posted: i64,
}

impl Change {
    /// Moves money from the budget to the opposite account.
    fn out(self, tx: &Connection, tenant: &str) -> DbResult<()> {
        let Self {
            opposite,
            pending,
            posted,
        } = self;
        tx.write("UPDATE ledger_account SET debits_pending = debits_pending + ?3, debits_posted = debits_posted + ?4
             WHERE tenant = ?1 AND account = ?2", params![tenant, Account::Budget.number(), pending, posted])?;
        tx.write("UPDATE ledger_account SET credits_pending = credits_pending + ?3, credits_posted = credits_posted + ?4
             WHERE tenant = ?1 AND account = ?2", params![tenant, opposite.number(), pending, posted])?;
        Ok(())
    }

    /// Moves posted money from the opposite account into the budget.
    fn into_budget(self, tx: &Connection, tenant: &str) -> DbResult<()> {
        tx.write(
            "UPDATE ledger_account SET debits_posted = debits_posted + ?3 WHERE tenant = ?1 AND account = ?2",
            params![tenant, self.opposite.number(), self.posted],
        )?;
        tx.write(
            "UPDATE ledger_account SET credits_posted = credits_posted + ?3 WHERE tenant = ?1 AND account = ?2",
            params![tenant, Account::Budget.number(), self.posted],
        )?;
        Ok(())
    }
}

/// Money that moves between the source and the budget at once.
struct Moved<'a> {
    id: &'a str,
    /// How much more the budget gets; below zero: how much it gives back.
    by: i64,
    set_by: SetBy,
}

impl Moved<'_> {
    /// Tells whether it moved now; `false`: it had moved before.
    fn once(&self, tx: &Connection, act: &Act<'_>) -> Result<bool, Undo> {
        if let Some(kept) = find(tx, act.tenant, self.id)? {
            let is_ours = kept.movement == Movement::Moved
                && (kept.debit == Account::Source || kept.credit == Account::Source);
            return if is_ours {
                Ok(false)
            } else {
                Err(StateError::taken("transfer", self.id).into())
            };
        }
        self.can_be_counted(tx, act.tenant)?;
        let change = Change {
            opposite: Account::Source,
            pending: 0,
            posted: self.by.saturating_abs(),
        };
        let (debit, credit) = if self.by < 0 {
            (Account::Budget, Account::Source)
        } else {
            (Account::Source, Account::Budget)
        };
        let written = Written {
            id: Some(self.id),
            resolves: None,
            kind: 0,
            debit,
            credit,
            amount: change.posted,
            expires_at: None,
        };
        written.insert(tx, act)?;
        if self.by < 0 {
            change.out(tx, act.tenant)?;
        } else {
            change.into_budget(tx, act.tenant)?;
        }
        Ok(true)
    }

    /// Refuses a rise with which the sums of the accounts would no longer be exact: they only grow. A budget falls by what it rose
    /// by, and no further, so a fall is always counted.
    fn can_be_counted(&self, tx: &Connection, tenant: &str) -> Result<(), Undo> {
        if self.by <= 0 {
            return Ok(());
        }
        let risen = tx
            .query_row(
                "SELECT debits_posted FROM ledger_account WHERE tenant = ?1 AND account = ?2",
                params![tenant, Account::Source.number()],
                |row| unsigned(row, 0),
            )
            .optional()?;
        let risen = risen.ok_or_else(|| StateError::absent("tenant", tenant))?;
        let all_max = self.set_by.raised_max();
        if risen.saturating_add(self.by.unsigned_abs()) <= all_max {
            return Ok(());
        }
        let who_can_still = match self.set_by {
            SetBy::Tenant => "; the operator can still set it",
            SetBy::Operator => "",
        };
        let rule = format!(
            "it may rise by {all_max} micro-dollars in all, so that it can be counted{who_can_still}"
        );
        Err(invalid("budget", format!("{:+} micro-dollars", self.by), rule).into())
    }
}

/// A row of the table of transfers.
struct Written<'a> {
    id: Option<&'a str>,
    resolves: Option<&'a str>,
    kind: i64,
    debit: Account,
    credit: Account,
    amount: i64,
    expires_at: Option<i64>,
}

impl Written<'_> {
    fn insert(&self, tx: &Connection, act: &Act<'_>) -> DbResult<()> {
        tx.write("INSERT INTO ledger_transfer (tenant, id, resolves, kind, debit, credit, amount, expires_at, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", params![
            act.tenant,
            self.id,
            self.resolves,
            self.kind,
            self.debit.number(),
            self.credit.number(),
            self.amount,
            self.expires_at,
            act.at
        ])?;
        Ok(())
    }
}

fn find(tx: &Connection, tenant: &str, id: &str) -> DbResult<Option<TransferEntry>> {
    tx.query_row(
        &format!("SELECT {COLUMNS} FROM ledger_transfer WHERE tenant = ?1 AND id = ?2"),
        params![tenant, id],
        read,
    )
    .optional()
}

/// Takes money out of the budget, once for each id; `false`: it was taken before.
pub(super) fn reserve(tx: &Connection, act: &Act<'_>, new: &Reserve<'_>) -> Result<bool, Undo> {
    new.check(act.at)?;
    if let Some(kept) = find(tx, act.tenant, new.id)? {
        let expires_at = new.expires_at;
        let same = kept.movement == Movement::Reserved { expires_at } && kept.amount == new.amount;
        return if same {
            Ok(false)
        } else {
            Err(StateError::taken("transfer", new.id).into())
        };
    }
    let budget = budget(tx, act.tenant)?;
    let taken = budget.spent.saturating_add(budget.reserved);
    let room = SPENT_MICRO_USD_MAX.saturating_sub(taken);
    if new.amount > room {
        return Err(StateError::OverBudget {
            needed: new.amount,
            left: room,
            limit: SPENT_MICRO_USD_MAX,
        }
        .into());
    }
    if let (Some(limit), Some(left)) = (budget.limit, budget.left())
        && new.amount > left
    {
        return Err(StateError::OverBudget {
            needed: new.amount,
            left,
            limit,
        }
        .into());
    }
    let written = Written {
        id: Some(new.id),
        resolves: None,
        kind: 1,
        debit: Account::Budget,
        credit: Account::Sales,
        amount: amount(new.amount)?,
        expires_at: Some(new.expires_at),
    };
    written.insert(tx, act)?;
    tx.write(
        "INSERT INTO ledger_open (tenant, id, expires_at) VALUES (?1, ?2, ?3)",
        params![act.tenant, new.id, new.expires_at],
    )?;
    let change = Change {
        opposite: Account::Sales,
        pending: amount(new.amount)?,
        posted: 0,
    };
    change.out(tx, act.tenant)?;
    Ok(true)
}

/// Ends a reservation, once.
pub(super) fn resolve(
    tx: &Connection,
    act: &Act<'_>,
    id: &str,
    how: Resolution,
) -> Result<Resolved, Undo> {
    let held = find(tx, act.tenant, id)?;
    let Some((held, expires_at)) = held.and_then(|held| match held.movement {
        Movement::Reserved { expires_at } => Some((held, expires_at)),
        Movement::Moved | Movement::Ended(_) => None,
    }) else {
        return Err(StateError::absent("reservation", id).into());
    };
    if let Some(before) = end_of(tx, act.tenant, id)? {
        return Ok(Resolved::Otherwise(before));
    }
    if how.charged() > held.amount {
        let used = format!("{} micro-dollars", how.charged());
        let rule = format!("the reservation holds {}", held.amount);
        return Err(invalid("charge", used, rule).into());
    }
    let is_over = act.at >= expires_at;
    let end = if is_over { Resolution::Expired } else { how };
    if end == Resolution::Expired && !is_over {
        let rule = "its time is not over";
        return Err(invalid("end of a reservation", id.to_owned(), rule).into());
    }
    let written = Written {
        id: None,
        resolves: Some(id),
        kind: match end {
            Resolution::Posted(_) => 2,
            Resolution::Voided => 3,
            Resolution::Expired => 4,
        },
        debit: held.debit,
        credit: held.credit,
        amount: amount(end.charged())?,
        expires_at: None,
    };
    written.insert(tx, act)?;
    tx.write(
        "DELETE FROM ledger_open WHERE tenant = ?1 AND id = ?2",
        params![act.tenant, id],
    )?;
    let change = Change {
        opposite: Account::Sales,
        pending: -amount(held.amount)?,
        posted: amount(end.charged())?,
    };
    change.out(tx, act.tenant)?;
    Ok(if end == how {
        Resolved::Now
    } else {
        Resolved::Otherwise(end)
    })
}

/// Expires the reservations of a tenant whose time is over, and returns their ids.
pub(super) fn expire(tx: &Connection, act: &Act<'_>) -> Result<Vec<String>, Undo> {
    let over: Vec<String> = tx.query_rows(
        "SELECT id FROM ledger_open WHERE tenant = ?1 AND expires_at <= ?2 ORDER BY expires_at, id",
        params![act.tenant, act.at],
        |row| row.get(0),
    )?;
    for id in &over {
        resolve(tx, act, id, Resolution::Expired)?;
    }
    Ok(over)
}

/// Whether a reservation waits to be ended.
pub(super) fn is_open(tx: &Connection, tenant: &str, id: &str) -> DbResult<bool> {
    let found = tx
        .query_row(
            "SELECT 1 FROM ledger_open WHERE tenant = ?1 AND id = ?2",
            params![tenant, id],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

/// How a reservation ended, if it did.
fn end_of(tx: &Connection, tenant: &str, id: &str) -> DbResult<Option<Resolution>> {
    let end = tx
        .query_row(
            &format!("SELECT {COLUMNS} FROM ledger_transfer WHERE tenant = ?1 AND resolves = ?2"),
            params![tenant, id],
            read,
        )
        .optional()?;
    Ok(end.and_then(|end| match end.movement {
        Movement::Ended(how) => Some(how),
        Movement::Moved | Movement::Reserved { .. } => None,
    }))
}

/// What the accounts of a tenant come to when its transfers are added up, and what they say; each row that differs.
const ACCOUNTS: &str = "
    WITH pending AS (
        SELECT t.debit, t.credit, t.amount FROM ledger_transfer t WHERE t.tenant = ?1 AND t.kind = 1
        AND NOT EXISTS (SELECT 1 FROM ledger_transfer e WHERE e.tenant = ?1 AND e.resolves = t.id)
    ), posted AS (
        SELECT debit, credit, amount FROM ledger_transfer WHERE tenant = ?1 AND kind <> 1
    )
    SELECT account FROM ledger_account a WHERE tenant = ?1 AND (
        debits_pending  <> (SELECT coalesce(sum(amount), 0) FROM pending WHERE debit = a.account) OR
        credits_pending <> (SELECT coalesce(sum(amount), 0) FROM pending WHERE credit = a.account) OR
        debits_posted   <> (SELECT coalesce(sum(amount), 0) FROM posted WHERE debit = a.account) OR
        credits_posted  <> (SELECT coalesce(sum(amount), 0) FROM posted WHERE credit = a.account)
    ) ORDER BY account LIMIT 1";

/// Runs whose cost is not what was charged for them.
const RUNS: &str = "
    SELECT r.id FROM cast_run r LEFT JOIN ledger_transfer t
    ON t.tenant = r.tenant AND t.credit = 2 AND ((t.kind = 0 AND t.id = r.id) OR t.resolves = r.id)
    WHERE r.tenant = ?1 AND r.cost_micro_usd <> coalesce(t.amount, 0) ORDER BY r.seq LIMIT 1";

/// Reservations that wait for nobody: their runs have ended, and not they.
const LEFT_OPEN: &str = "
    SELECT o.id FROM ledger_open o JOIN cast_run r ON r.tenant = o.tenant AND r.id = o.id
    WHERE o.tenant = ?1 AND r.state <> 0 ORDER BY o.id LIMIT 1";

fn verify(tx: &Connection, tenant: &str) -> Result<LedgerVerdict, Undo> {
    let budget = budget(tx, tenant)?;
    let account: Option<i64> = tx
        .query_row(ACCOUNTS, params![tenant], |row| row.get(0))
        .optional()?;
    if let Some(number) = account {
        let mut all = Account::ALL.into_iter();
        let name = all.find(|account| account.number() == number);
        let name = name.map_or("unknown", Account::name);
        let why = format!("the account `{name}` is not what its transfers come to");
        return Ok(LedgerVerdict::Broken { why });
    }
    for (sql, what) in [
        (RUNS, "does not cost what was charged for it"),
        (LEFT_OPEN, "has ended, and its reservation has not"),
    ] {
        let run: Option<String> = tx
            .query_row(sql, params![tenant], |row| row.get(0))
            .optional()?;
        if let Some(run) = run {
            let why = format!("the run `{run}` {what}");
            return Ok(LedgerVerdict::Broken { why });
        }
    }
    let transfers = tx.query_row(
        "SELECT count(*) FROM ledger_transfer WHERE tenant = ?1",
        params![tenant],
        |row| unsigned(row, 0),
    )?;
    Ok(LedgerVerdict::Whole {
        transfers,
        spent: budget.spent,
        reserved: budget.reserved,
    })
}
