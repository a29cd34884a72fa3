//! `/api/v1/budget/statement`: what the runs of a month were charged.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use tollgate_api::{Charged, ErrorBody, Statement, StatementBy, StatementLine};
use tollgate_state::Store;
use tollgate_state::access::Role;
use tollgate_state::statement::{self, Period};

use super::json;
use crate::caller::Caller;
use crate::clock;
use crate::error::ApiError;
use crate::limits::VERIFICATION_WAIT;
use crate::shared::Shared;

/// Adds up what the runs of a month were charged. What a run cost belongs to the month, by UTC, in which it ended.
#[utoipa::path(
    get,
    path = "/api/v1/budget/statement",
    operation_id = "show_statement",
    params(
        ("month" = Option<String>, Query, description = "The month, like `2026-11`. Left out: this one so far."),
        ("by" = Option<String>, Query, description = "What a line is about: `module`, which is the default, `version` or `key`."),
    ),
    responses((status = 200, body = Statement, description = "The statement."), (status = "default", response = ErrorBody)),
    security(("key" = ["admin"]), ("key" = ["auditor"])),
)]
pub(crate) async fn show(
    caller: Caller,
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response<Body>, ApiError> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let Wanted { month, period, by } = Wanted::read(uri.query().unwrap_or_default())?;
    // It may read a great deal: one at a time leaves the database to others.
    let turn = shared
        .verifications
        .take(caller.tenant(), VERIFICATION_WAIT);
    let turn = turn
        .await
        .map_err(|full| ApiError::full("statements and checks of whole logs", full))?;
    let add_up = move |store: &mut Store| {
        let by = match by {
            StatementBy::Module => statement::StatementBy::Module,
            StatementBy::Version => statement::StatementBy::Version,
            StatementBy::Key => statement::StatementBy::Key,
        };
        let found = store.statement(caller.tenant(), period, by)?;
        drop(turn);
        Ok(found)
    };
    let statement::Statement { lines, others, all } = shared.database.run(add_up).await?;
    let statement = Statement {
        month,
        from: clock::text(period.from),
        until: clock::text(period.until),
        by,
        lines: lines.into_iter().map(line).collect(),
        others: charged(others),
        all: charged(all),
    };
    json(StatusCode::OK, &statement)
}

fn line(line: statement::StatementLine) -> StatementLine {
    StatementLine {
        of: line.of,
        name: line.name,
        runs: line.charged.runs,
        charged_micro_usd: line.charged.micro_usd,
    }
}

fn charged(charged: statement::Charged) -> Charged {
    Charged {
        runs: charged.runs,
        charged_micro_usd: charged.micro_usd,
    }
}

/// What is asked for.
struct Wanted {
    month: String,
    period: Period,
    by: StatementBy,
}

impl Wanted {
    /// Reads `month=2026-11&by=module`: each at most once, in any order, and nothing else.
    fn read(query: &str) -> Result<Self, ApiError> {
        let (mut month, mut by) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let is_new = match pair.split_once('=') {
                Some(("month", text)) => month.replace(text.to_owned()).is_none(),
                Some(("by", text)) => {
                    let mut all = StatementBy::ALL.into_iter();
                    let named = all.find(|by| by.name() == text);
                    let named = named.ok_or_else(|| {
                        ApiError::bad(format!(
                            "`by` is `module`, `version` or `key`, and not `{text}`"
                        ))
                    })?;
                    by.replace(named).is_none()
                }
                _ => false,
            };
            if !is_new {
                return Err(ApiError::bad(
                    "the query of a statement is `month=` and `by=`, each once, such as `?month=2026-11&by=module`",
                ));
            }
        }
        let month = month.unwrap_or_else(|| Timestamp::now().strftime("%Y-%m").to_string());
        let period = period(&month).ok_or_else(|| {
            ApiError::bad(format!(
                "`month` is a year and a month from 1970-01 to 2261-12, such as `2026-11`, and not `{month}`"
            ))
        })?;
        Ok(Self {
            month,
            period,
            by: by.unwrap_or(StatementBy::Module),
        })
    }
}

/// A month by UTC; `None`: it is none, or no time here is in it.
fn period(month: &str) -> Option<Period> {
    let is_form = |(at, byte): (usize, u8)| match at {
        4 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if month.len() != 7 || !month.bytes().enumerate().all(is_form) {
        return None;
    }
    let first: Date = format!("{month}-01").parse().ok()?;
    if !(1970..=2261).contains(&first.year()) {
        return None;
    }
    Some(Period {
        from: begin(first)?,
        until: begin(first.checked_add(1.month()).ok()?)?,
    })
}

/// When a day begins, nanoseconds since 1970.
fn begin(day: Date) -> Option<i64> {
    let begins = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    i64::try_from(begins.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600 * 1_000_000_000;

    #[test]
    fn a_month_is_all_its_days() {
        assert_eq!(
            period("1970-01"),
            Some(Period {
                from: 0,
                until: 31 * DAY
            })
        );
        let february = period("2024-02").unwrap();
        assert_eq!(february.until - february.from, 29 * DAY);
        assert_eq!(period("2024-03").unwrap().from, february.until);
        assert_eq!(
            period("2026-12").unwrap().until,
            period("2027-01").unwrap().from
        );
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for month in [
            "",
            "2026",
            "2026-1",
            "2026-13",
            "2026-00",
            "26-11",
            "2026-11-01",
            "2026/11",
            "+026-11",
            "1969-12",
            "2262-01",
            "９026-1",
            "2026-11 ",
        ] {
            assert_eq!(period(month), None, "{month}");
        }
        for query in [
            "month=2026-11&month=2026-11",
            "by=modules",
            "by",
            "page=1",
            "month",
        ] {
            assert!(Wanted::read(query).is_err(), "{query}");
        }
        let wanted = Wanted::read("by=key&month=2026-11").unwrap();
        assert_eq!((&*wanted.month, wanted.by), ("2026-11", StatementBy::Key));
        assert_eq!(Wanted::read("").unwrap().by, StatementBy::Module);
    }
}
