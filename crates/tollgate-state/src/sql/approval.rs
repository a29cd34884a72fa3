//! Cards and their answers. Every change reads the card, asks the rules, and writes in one transaction that holds the
//! lock of writers; what it changes it finds by the state that it has read.

use std::collections::BTreeSet;

use super::access::{has_role, may_act};
use super::connection::Connection;
use super::value::{DbError, DbResult, Params, Row, ToParam, optional, params, unsigned};
use super::{Store, Undo, audit};
use crate::approval::{
    Answer, ApprovalError, Card, CardId, CardState, Given, KeptAnswer, LOCAL, Most, NewCard,
    Principal, Proposed, Question, Reply, Waiter, Waiting,
};
use crate::audit::Act;
use crate::error::StateError;
use crate::limits::{
    CARDS_FORGOTTEN_AT_ONCE, CARDS_KEPT_MAX, CARDS_PENDING_MAX, PAGE_ROWS_MAX, WAITERS_PER_CARD_MAX,
};

const COLUMNS: &str = "seq, id, created_at, expires_at, module, capability, interface, operation, arguments, policy, target, reason, risk, gas_used, state, answer, answered_by, answered_at, valid_until, uses, used_at, tenant, gas_max, memory_bytes_max, wall_ms_max, cost_micro_usd_max";

/// Same question, in the order in which [`question`] gives its parts.
const SAME: &str = "module = ?1 AND capability = ?2 AND interface = ?3 AND operation = ?4 AND arguments = ?5 AND policy = ?6 AND tenant = ?7";

/// Lets cards expire at `?2` where nobody waits any more.
const NOBODY_WAITS: &str = "UPDATE approval_card SET state = 2, expires_at = CASE WHEN expires_at < ?2 THEN expires_at ELSE ?2 END
    WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM approval_waiter WHERE card = approval_card.seq AND left_at IS NULL)";

/// What happens in a transaction: a refusal is no fault of the database, and what was found out on the way is kept.
type Decided<T> = Result<Result<T, ApprovalError>, Undo>;

impl Store {
    /// Puts a question at `now`: an answer that holds for it is used at once, else it waits at the pending card of an equal
    /// question, or at a new one.
    ///
    /// # Errors
    /// [`ApprovalError::Full`]; [`StateError::Invalid`] for what is no question. Then nobody is asked.
    pub fn propose(&mut self, new: &NewCard, now: i64) -> Result<Proposed, ApprovalError> {
        new.check(now)?;
        self.write_or_undo("putting a question to", |tx| propose(tx, new, now))?
    }

    /// Answers a card at `now`.
    ///
    /// # Errors
    /// Whatever makes an answer one that does not count: see [`ApprovalError`].
    pub fn answer_card(&mut self, reply: &Reply<'_>, now: i64) -> Result<(), ApprovalError> {
        let act = Act {
            tenant: LOCAL,
            actor: reply.by.name(),
            origin: "local",
            request: "",
            at: now,
        };
        self.write_or_undo("writing an answer to", |tx| answer(tx, reply, &act))?
    }

    /// As [`Store::answer_card`], for somebody who acts for a tenant. A card of another tenant is not there.
    ///
    /// # Errors
    /// As [`Store::answer_card`].
    pub fn answer_card_as(
        &mut self,
        act: &Act<'_>,
        reply: &Reply<'_>,
    ) -> Result<(), ApprovalError> {
        self.write_or_undo("writing an answer to", |tx| {
            may_act(tx, act)?;
            answer(tx, reply, act)
        })?
    }

    /// Closes the questions of executions that were in this process, which has ended.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn end_questions_of(&mut self, process: &str, now: i64) -> Result<(), StateError> {
        self.write_or_undo("ending the questions of executions in", |tx| {
            end_questions(tx, process, now)
        })
    }

    /// A card of a tenant.
    ///
    /// # Errors
    /// [`ApprovalError::Absent`].
    pub fn card_of(&self, tenant: &str, card: &CardId) -> Result<Card, ApprovalError> {
        let found = self.card(card)?;
        if found.question.tenant == tenant {
            return Ok(found);
        }
        Err(ApprovalError::Absent { card: card.clone() })
    }

    /// Cards of a tenant after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn cards_of(&self, tenant: &str, after: i64) -> Result<Vec<Card>, StateError> {
        let page = format!("tenant = ?2 AND seq > ?1 ORDER BY seq LIMIT {PAGE_ROWS_MAX}");
        let found = cards(&self.connection, &page, params![after, tenant]);
        found.map_err(|undo| self.undone("reading", undo))
    }

    /// Returns the answer to `question` that `execution` has put on `card`, once there is one, and marks it as used.
    ///
    /// # Errors
    /// [`ApprovalError::Expired`] when nobody has answered in time, [`ApprovalError::Used`] when what allowed one call was for
    /// somebody else who waited there, [`ApprovalError::Withdrawn`] when the key that allowed it is not good any more; and when the
    /// card is not this question's.
    pub fn take_answer(
        &mut self,
        card: &CardId,
        question: &Question,
        execution: &str,
        now: i64,
    ) -> Result<Option<Given>, ApprovalError> {
        // Most often there is none yet, and to see that takes no lock.
        let seen = self.card(card)?.given(question, execution, now);
        if let Ok(None) = seen {
            return Ok(None);
        }
        self.write_or_undo("using an answer of", |tx| {
            expire(tx, now)?;
            let Some(found) = by_id(tx, card)? else {
                return Ok(Err(ApprovalError::Absent { card: card.clone() }));
            };
            let given = match found.given(question, execution, now) {
                Ok(Some(given)) => given,
                other => return Ok(other),
            };
            if !counts(tx, (&found, &given), now)? {
                let (card, by) = (given.card, given.by);
                return Ok(Err(ApprovalError::Withdrawn { card, by }));
            }
            mark_used(tx, &found, now)?;
            Ok(Ok(Some(given)))
        })?
    }

    /// Notes that executions have ended: they wait nowhere any more, and a card where nobody waits expires. All of it is one change.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn stop_waiting(&mut self, executions: &[&str], now: i64) -> Result<(), StateError> {
        self.write_or_undo("ending the questions of executions in", |tx| {
            for execution in executions {
                stop_waiting(tx, execution, now)?;
            }
            Ok(())
        })
    }

    /// A card.
    ///
    /// # Errors
    /// [`ApprovalError::Absent`].
    pub fn card(&self, card: &CardId) -> Result<Card, ApprovalError> {
        let found = by_id(&self.connection, card);
        let found = found.map_err(|undo| self.undone("reading", undo))?;
        found.ok_or_else(|| ApprovalError::Absent { card: card.clone() })
    }

    /// Cards after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn cards(&self, after: i64) -> Result<Vec<Card>, StateError> {
        let page = format!("seq > ?1 ORDER BY seq LIMIT {PAGE_ROWS_MAX}");
        let found = cards(&self.connection, &page, params![after]);
        found.map_err(|undo| self.undone("reading", undo))
    }

    /// As [`Store::cards`], those that may be answered at `now`.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn pending_cards(&self, after: i64, now: i64) -> Result<Vec<Card>, StateError> {
        let page = format!(
            "state = 0 AND seq > ?1 AND expires_at > ?2 ORDER BY seq LIMIT {PAGE_ROWS_MAX}"
        );
        let found = cards(&self.connection, &page, params![after, now]);
        found.map_err(|undo| self.undone("reading", undo))
    }

    /// The cards at which executions of this process waited, and whose answers nobody has used yet.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn answered_for(&self, process: &str) -> Result<Vec<i64>, StateError> {
        self.rows(
            "SELECT DISTINCT card.seq FROM approval_card card JOIN approval_waiter waiter ON waiter.card = card.seq
             WHERE card.state = 1 AND waiter.process = ?1 AND waiter.left_at IS NULL ORDER BY 1",
            params![process],
            |row| row.get(0),
        )
    }

    /// A number that is another one after another connection has written to the state, and costs next to nothing to ask for. It may
    /// be another one for no reason.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn version_of_others(&self) -> Result<i64, StateError> {
        let version = self.connection.version_of_others();
        version.map_err(|e| self.failed("reading", e))
    }
}

/// Closes the questions of executions that were in this process.
pub(super) fn end_questions(tx: &Connection, process: &str, now: i64) -> Result<(), Undo> {
    tx.write(
        "UPDATE approval_waiter SET left_at = ?2 WHERE process = ?1 AND left_at IS NULL
           AND card IN (SELECT seq FROM approval_card WHERE state = 0)",
        params![process, now],
    )?;
    let theirs =
        format!("{NOBODY_WAITS} AND seq IN (SELECT card FROM approval_waiter WHERE process = ?1)");
    let_expire(tx, &theirs, (process, now))
}

/// An execution waits nowhere any more, and a card where nobody waits expires.
fn stop_waiting(tx: &Connection, execution: &str, now: i64) -> Result<(), Undo> {
    tx.write(
        "UPDATE approval_waiter SET left_at = ?2 WHERE execution = ?1 AND left_at IS NULL",
        params![execution, now],
    )?;
    let its = format!(
        "{NOBODY_WAITS} AND seq IN (SELECT card FROM approval_waiter WHERE execution = ?1)"
    );
    let_expire(tx, &its, (execution, now))
}

/// Lets cards expire, and the oldest that have go where a tenant keeps too many.
fn let_expire(tx: &Connection, sql: &str, (whose, now): (&str, i64)) -> Result<(), Undo> {
    let sql = format!("{sql} RETURNING tenant");
    let tenants = tx.query_rows(&sql, params![whose, now], |row| row.get(0))?;
    room_for_expired(tx, tenants, now)
}

fn room_for_expired(tx: &Connection, tenants: Vec<String>, now: i64) -> Result<(), Undo> {
    for tenant in BTreeSet::from_iter(tenants) {
        make_room(tx, (&tenant, CardState::Expired), now)?;
    }
    Ok(())
}

fn propose(tx: &Connection, new: &NewCard, now: i64) -> Decided<Proposed> {
    expire(tx, now)?;
    if let Some(given) = standing(tx, new, now)? {
        return Ok(Ok(Proposed::Stands(given)));
    }
    let equal = format!("{SAME} AND state = 0");
    if let Some(card) = cards(tx, &equal, &question(&new.question))?.pop() {
        return join(tx, &card, &new.waiter, now);
    }
    let pending: i64 = tx.query_row(
        "SELECT count(*) FROM approval_card WHERE state = 0 AND tenant = ?1",
        params![&new.question.tenant],
        |row| row.get(0),
    )?;
    if pending >= CARDS_PENDING_MAX {
        return Ok(Err(ApprovalError::Full {
            what: "pending cards",
            most: CARDS_PENDING_MAX,
        }));
    }
    let seq = insert(tx, new, now)?;
    wait_at(tx, seq, &new.waiter, now)?;
    put(tx, new, now)?;
    Ok(Ok(Proposed::Asked(new.id.clone())))
}

/// Notes in the audit log that a server puts a question.
fn put(tx: &Connection, new: &NewCard, now: i64) -> Result<(), Undo> {
    let tenant = &new.question.tenant;
    if tenant == LOCAL {
        return Ok(());
    }
    let act = Act {
        tenant,
        actor: new.waiter.requester.name(),
        origin: &new.origin,
        request: &new.request,
        at: now,
    };
    let what = audit::What {
        action: "approval.ask",
        object: new.id.as_str(),
        detail: serde_json::json!({ "run": new.waiter.execution, "policy": new.question.policy }),
    };
    audit::append(tx, &act, &what)
}

/// Uses an answer that was given before, a denial rather than another one.
fn standing(tx: &Connection, new: &NewCard, now: i64) -> Result<Option<Given>, Undo> {
    let denied_all = "answer = 4 AND seq IN (SELECT card FROM approval_waiter WHERE execution = ?1) AND valid_until > ?2";
    let mut found = cards(tx, denied_all, params![new.waiter.execution, now])?;
    let Question {
        module, arguments, ..
    } = &new.question;
    let same = "answer > 0 AND module = ?1 AND arguments = ?2 AND valid_until > ?3";
    found.append(&mut cards(tx, same, params![module, arguments, now])?);
    let mut standing = Vec::new();
    for card in &found {
        if let Some(given) = card.stands(new, now)
            && counts(tx, (card, &given), now)?
        {
            standing.push((card, given));
        }
    }
    let first = standing.into_iter();
    let Some((card, given)) = first.min_by_key(|(_, given)| given.answer.allows()) else {
        return Ok(None);
    };
    mark_used(tx, card, now)?;
    Ok(Some(given))
}

/// Whether an answer counts that was given before: what it rests on may be gone.
fn counts(tx: &Connection, (card, given): (&Card, &Given), now: i64) -> Result<bool, Undo> {
    match card.rests_on(given) {
        None => Ok(true),
        Some((key, role)) => has_role(tx, (&card.question.tenant, key), (role, now)),
    }
}

fn join(tx: &Connection, card: &Card, waiter: &Waiter, now: i64) -> Decided<Proposed> {
    let mut waiting = card.waiting.iter();
    let before = waiting.find(|waiting| waiting.waiter.execution == waiter.execution);
    if before.is_none() {
        let waiting = card.waiting.iter();
        if waiting.filter(|one| one.left_at.is_none()).count() >= WAITERS_PER_CARD_MAX {
            return Ok(Err(ApprovalError::Full {
                what: "executions at this card",
                most: i64::try_from(WAITERS_PER_CARD_MAX).unwrap_or(i64::MAX),
            }));
        }
        wait_at(tx, card.seq, waiter, now)?;
        forget_who_left(tx, card.seq)?;
    }
    Ok(Ok(Proposed::Asked(card.id.clone())))
}

/// Of each requester who has waited at a card the first time stays, since who asked does not answer; of the others those that
/// are over go.
fn forget_who_left(tx: &Connection, card: i64) -> DbResult<usize> {
    tx.execute("DELETE FROM approval_waiter AS gone WHERE card = ?1 AND left_at IS NOT NULL AND EXISTS
           (SELECT 1 FROM approval_waiter WHERE card = ?1 AND requester = gone.requester AND seq < gone.seq)", params![card])
}

fn insert(tx: &Connection, new: &NewCard, now: i64) -> Result<i64, Undo> {
    let NewCard {
        id,
        question:
            Question {
                tenant,
                module,
                capability,
                interface,
                operation,
                arguments,
                policy,
            },
        target,
        reason,
        risk,
        gas_used,
        most,
        waiter: _,
        expires_at,
        origin: _,
        request: _,
    } = new;
    let made = tx.query_row("INSERT INTO approval_card (id, created_at, expires_at, module, capability, interface, operation, arguments, policy, target,
           reason, risk, gas_used, tenant, gas_max, memory_bytes_max, wall_ms_max, cost_micro_usd_max)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) RETURNING seq", params![
        id.as_str(),
        now,
        expires_at,
        module,
        capability,
        interface,
        operation,
        arguments,
        policy,
        target,
        reason,
        risk,
        gas_used.cast_signed(),
        tenant,
        most.map(|most| most.gas.cast_signed()),
        most.map(|most| most.memory_bytes.cast_signed()),
        most.map(|most| most.wall_ms.cast_signed()),
        most.map(|most| most.cost_micro_usd.cast_signed()),
    ], |row| row.get(0))?;
    Ok(made)
}

fn wait_at(tx: &Connection, card: i64, waiter: &Waiter, now: i64) -> Result<(), Undo> {
    let Waiter {
        execution,
        requester,
        process,
    } = waiter;
    tx.write("INSERT INTO approval_waiter (card, execution, requester, process, since) VALUES (?1, ?2, ?3, ?4, ?5)", params![card, execution, requester.to_text(), process, now])?;
    Ok(())
}

fn answer(tx: &Connection, reply: &Reply<'_>, act: &Act<'_>) -> Decided<()> {
    let now = act.at;
    expire(tx, now)?;
    let found = by_id(tx, reply.card)?;
    let Some(card) = found.filter(|card| card.question.tenant == act.tenant) else {
        let card = reply.card.clone();
        return Ok(Err(ApprovalError::Absent { card }));
    };
    let kept = match card.answered(reply, now) {
        Ok(kept) => kept,
        Err(refused) => return Ok(Err(refused)),
    };
    if !make_room(tx, (act.tenant, CardState::Answered), now)? {
        return Ok(Err(ApprovalError::Full {
            what: "answered cards",
            most: CARDS_KEPT_MAX,
        }));
    }
    let KeptAnswer {
        answer,
        by,
        at,
        valid_until,
        uses: _,
        used_at: _,
    } = &kept;
    let answered = tx
        .execute("UPDATE approval_card SET state = 1, answer = ?2, answered_by = ?3, answered_at = ?4, valid_until = ?5
             WHERE seq = ?1 AND state = 0", params![card.seq, number_of(*answer), by.to_text(), at, valid_until])?;
    if answered != 1 {
        let card = reply.card.clone();
        return Ok(Err(ApprovalError::Expired { card }));
    }
    let what = audit::What {
        action: "approval.answer",
        object: card.id.as_str(),
        detail: serde_json::json!({ "answer": answer.name(), "valid_until": valid_until }),
    };
    audit::append(tx, act, &what)?;
    Ok(Ok(()))
}

/// Notes that an answer has decided a call.
fn mark_used(tx: &Connection, card: &Card, now: i64) -> Result<(), Undo> {
    // Where all that are kept hold on, one more is kept rather than an answer lost.
    make_room(tx, (&card.question.tenant, CardState::Used), now)?;
    let uses = card.answer.as_ref().map_or(0, |kept| kept.uses);
    let used = tx
        .execute("UPDATE approval_card SET state = 3, uses = uses + 1, used_at = ?2 WHERE seq = ?1 AND state IN (1, 3) AND uses = ?3", params![card.seq, now, uses.cast_signed()])?;
    match used {
        1 => Ok(()),
        _ => Err(DbError::Changed { changed: used }.into()),
    }
}

/// Closes cards whose time is up.
fn expire(tx: &Connection, now: i64) -> Result<(), Undo> {
    let tenants = tx.query_rows(
        "UPDATE approval_card SET state = 2 WHERE state = 0 AND expires_at <= ?1 RETURNING tenant",
        params![now],
        |row| row.get(0),
    )?;
    room_for_expired(tx, tenants, now)
}

/// Forgets the oldest cards of a tenant and a state that count for nothing any more, at most [`CARDS_FORGOTTEN_AT_ONCE`], and returns
/// whether there is room for one.
fn make_room(tx: &Connection, (tenant, state): (&str, CardState), now: i64) -> Result<bool, Undo> {
    let state = number_of_state(state);
    let count = || {
        tx.query_row(
            "SELECT count(*) FROM approval_card WHERE tenant = ?1 AND state = ?2",
            params![tenant, state],
            |row| row.get::<i64>(0),
        )
    };
    let over = count()?.saturating_sub(CARDS_KEPT_MAX - 1);
    if over <= 0 {
        return Ok(true);
    }
    tx.write("DELETE FROM approval_card WHERE seq IN
           (SELECT seq FROM approval_card WHERE tenant = ?1 AND state = ?2 AND coalesce(valid_until, 0) <= ?3 ORDER BY seq LIMIT ?4)", params![tenant, state, now, over.min(CARDS_FORGOTTEN_AT_ONCE)])?;
    Ok(count()? < CARDS_KEPT_MAX)
}

fn question(question: &Question) -> [&dyn ToParam; 7] {
    let Question {
        tenant,
        module,
        capability,
        interface,
        operation,
        arguments,
        policy,
    } = question;
    [
        module, capability, interface, operation, arguments, policy, tenant,
    ]
}

fn by_id(connection: &Connection, card: &CardId) -> Result<Option<Card>, Undo> {
    Ok(cards(connection, "id = ?1", params![card.as_str()])?.pop())
}

/// The cards that fulfil `condition`, with those who wait there.
fn cards(connection: &Connection, condition: &str, key: Params<'_>) -> Result<Vec<Card>, Undo> {
    let sql = format!("SELECT {COLUMNS} FROM approval_card WHERE {condition}");
    let found = connection.query_rows(&sql, key, |row| Ok(read(row)))?;
    let mut cards = found.into_iter().collect::<Result<Vec<Card>, Undo>>()?;
    for card in &mut cards {
        card.waiting = waiting(connection, card.seq)?;
    }
    Ok(cards)
}

fn waiting(connection: &Connection, card: i64) -> Result<Vec<Waiting>, Undo> {
    let sql = "SELECT execution, requester, process, since, left_at FROM approval_waiter WHERE card = ?1 ORDER BY seq";
    let found = connection.query_rows(sql, params![card], |row| {
        let requester: String = row.get(1)?;
        Ok((
            row.get(0)?,
            requester,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    })?;
    let waiting = found.into_iter().map(
        |(execution, requester, process, since, left_at)| -> Result<Waiting, Undo> {
            Ok(Waiting {
                waiter: Waiter {
                    execution,
                    requester: Principal::of_text(&requester)?,
                    process,
                },
                since,
                left_at,
            })
        },
    );
    waiting.collect()
}

fn read(row: &Row<'_>) -> Result<Card, Undo> {
    let id: String = row.get(1)?;
    let state: i64 = row.get(14)?;
    Ok(Card {
        seq: row.get(0)?,
        id: id.parse()?,
        created_at: row.get(2)?,
        expires_at: row.get(3)?,
        question: Question {
            tenant: row.get(21)?,
            module: row.get(4)?,
            capability: row.get(5)?,
            interface: row.get(6)?,
            operation: row.get(7)?,
            arguments: row.get(8)?,
            policy: row.get(9)?,
        },
        target: row.get(10)?,
        reason: row.get(11)?,
        risk: row.get(12)?,
        gas_used: unsigned(row, 13)?,
        most: most(row)?,
        state: match state {
            0 => CardState::Pending,
            1 => CardState::Answered,
            2 => CardState::Expired,
            3 => CardState::Used,
            other => return Err(DbError::out_of_range(14, other).into()),
        },
        answer: kept(row)?,
        waiting: Vec::new(),
    })
}

fn most(row: &Row<'_>) -> DbResult<Option<Most>> {
    let Some(gas) = optional(row, 22)? else {
        return Ok(None);
    };
    Ok(Some(Most {
        gas,
        memory_bytes: unsigned(row, 23)?,
        wall_ms: unsigned(row, 24)?,
        cost_micro_usd: unsigned(row, 25)?,
    }))
}

fn kept(row: &Row<'_>) -> Result<Option<KeptAnswer>, Undo> {
    let Some(answer) = row.get::<Option<i64>>(15)? else {
        return Ok(None);
    };
    let by: String = row.get(16)?;
    Ok(Some(KeptAnswer {
        answer: match answer {
            0 => Answer::AllowOnce,
            1 => Answer::AllowRun,
            2 => Answer::AllowModule,
            3 => Answer::Deny,
            4 => Answer::DenyAll,
            other => return Err(DbError::out_of_range(15, other).into()),
        },
        by: Principal::of_text(&by)?,
        at: row.get(17)?,
        valid_until: row.get(18)?,
        uses: unsigned(row, 19)?,
        used_at: row.get(20)?,
    }))
}

const fn number_of(answer: Answer) -> i64 {
    match answer {
        Answer::AllowOnce => 0,
        Answer::AllowRun => 1,
        Answer::AllowModule => 2,
        Answer::Deny => 3,
        Answer::DenyAll => 4,
    }
}

const fn number_of_state(state: CardState) -> i64 {
    match state {
        CardState::Pending => 0,
        CardState::Answered => 1,
        CardState::Expired => 2,
        CardState::Used => 3,
    }
}
