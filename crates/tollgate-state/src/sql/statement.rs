//! What was charged in a time.

use super::value::{DbResult, Optional as _, Row, params, unsigned};
use super::{Store, Undo, Undone};
use crate::error::StateError;
use crate::limits::STATEMENT_LINES_MAX;
use crate::statement::{Charged, Period, Statement, StatementBy, StatementLine};

/// A movement by which a run was charged in that time: the end of its reservation, or at once before there were any.
const CHARGED: &str = "paid.tenant = ?1 AND paid.at >= ?2 AND paid.at < ?3 AND paid.credit = 2 AND paid.kind IN (0, 2)";

fn charged(row: &Row<'_>, first: usize) -> DbResult<Charged> {
    Ok(Charged {
        runs: unsigned(row, first)?,
        micro_usd: unsigned(row, first + 1)?,
    })
}

impl Store {
    /// What the runs of a tenant were charged in a time.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a time that ends before it begins, [`StateError::Database`].
    pub fn statement(
        &self,
        tenant: &str,
        period: Period,
        by: StatementBy,
    ) -> Result<Statement, StateError> {
        period.check()?;
        let read = || -> Result<Statement, Undo> {
            // One moment for the lines and for their sum.
            let _left_at_the_end = Undone(&self.connection);
            self.connection.begin_read()?;
            Ok(self.added_up((tenant, period), by)?)
        };
        read().map_err(|undo| self.undone("reading the ledger of", undo))
    }

    fn added_up(
        &self,
        (tenant, Period { from, until }): (&str, Period),
        by: StatementBy,
    ) -> DbResult<Statement> {
        let of = match by {
            StatementBy::Module => "run.module",
            StatementBy::Version => "run.module || '@' || run.version",
            StatementBy::Key => "run.caller",
        };
        let all = self.connection.query_row(
            &format!("SELECT count(*), CAST(coalesce(sum(paid.amount), 0) AS BIGINT) FROM ledger_transfer paid WHERE {CHARGED}"),
            params![tenant, from, until],
            |row| charged(row, 0),
        )?;
        let mut lines = self.connection.query_rows(
            &format!(
                "SELECT count(*), CAST(sum(paid.amount) AS BIGINT) AS charged, {of} AS name FROM ledger_transfer paid
                 JOIN cast_run run ON run.id = coalesce(paid.resolves, paid.id) AND run.tenant = paid.tenant
                 WHERE {CHARGED} GROUP BY 3 ORDER BY charged DESC, name LIMIT {STATEMENT_LINES_MAX}"
            ),
            params![tenant, from, until],
            |row| {
                Ok(StatementLine {
                    charged: charged(row, 0)?,
                    of: row.get(2)?,
                    name: None,
                })
            },
        )?;
        let mut others = all;
        for line in &mut lines {
            others.runs = others.runs.saturating_sub(line.charged.runs);
            others.micro_usd = others.micro_usd.saturating_sub(line.charged.micro_usd);
            if by == StatementBy::Key {
                line.name = self.key_name(tenant, &line.of)?;
            }
        }
        Ok(Statement { lines, others, all })
    }

    /// What people call a key of the tenant.
    fn key_name(&self, tenant: &str, prefix: &str) -> DbResult<Option<String>> {
        self.connection
            .query_row(
                "SELECT name FROM api_key WHERE tenant = ?1 AND prefix = ?2",
                params![tenant, prefix],
                |row| row.get(0),
            )
            .optional()
    }
}
