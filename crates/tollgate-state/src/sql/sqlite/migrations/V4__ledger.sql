-- Version 4: the ledger. Amounts are whole micro-dollars. Times are nanoseconds since 1970 in UTC.
-- account 0: where budgets come from, 1: what the tenant may spend, 2: what its runs cost.
CREATE TABLE ledger_account (
  tenant          TEXT NOT NULL REFERENCES tenant (id),
  account         INTEGER NOT NULL CHECK (account IN (0, 1, 2)),
  debits_pending  INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
  debits_posted   INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
  credits_pending INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
  credits_posted  INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
  PRIMARY KEY (tenant, account)
) STRICT;

-- A tenant without a row here has no bound. limited: whether it may spend no more than account 1 has. ceiling: the most that its own admins may set.
CREATE TABLE budget (
  tenant  TEXT PRIMARY KEY REFERENCES tenant (id),
  limited INTEGER NOT NULL CHECK (limited IN (0, 1)),
  ceiling INTEGER CHECK (ceiling >= 0)
) STRICT;

-- kind 0: moved at once, 1: reserved; the end of a reservation 2: posted, 3: voided, 4: expired. amount: what moved, or is reserved; what an end did not move is free again.
-- A transfer has an id of its maker's, or ends the reservation `resolves`: at most one for each.
CREATE TABLE ledger_transfer (
  seq        INTEGER PRIMARY KEY,
  tenant     TEXT NOT NULL REFERENCES tenant (id),
  id         TEXT,
  resolves   TEXT,
  kind       INTEGER NOT NULL CHECK (kind IN (0, 1, 2, 3, 4)),
  debit      INTEGER NOT NULL CHECK (debit IN (0, 1, 2)),
  credit     INTEGER NOT NULL CHECK (credit IN (0, 1, 2)),
  amount     INTEGER NOT NULL CHECK (amount >= 0),
  expires_at INTEGER,
  at         INTEGER NOT NULL,
  UNIQUE (tenant, id),
  UNIQUE (tenant, resolves),
  FOREIGN KEY (tenant, resolves) REFERENCES ledger_transfer (tenant, id),
  CHECK (debit <> credit),
  CHECK ((id IS NULL) = (resolves IS NOT NULL)),
  CHECK ((kind IN (2, 3, 4)) = (resolves IS NOT NULL)),
  CHECK ((kind = 1) = (expires_at IS NOT NULL)),
  CHECK (kind NOT IN (3, 4) OR amount = 0)
) STRICT;
CREATE INDEX ledger_transfer_by_tenant ON ledger_transfer (tenant, seq);
CREATE TRIGGER ledger_transfer_is_not_changed BEFORE UPDATE ON ledger_transfer
  BEGIN SELECT RAISE(ABORT, 'a transfer is never changed'); END;
CREATE TRIGGER ledger_transfer_is_not_deleted BEFORE DELETE ON ledger_transfer
  BEGIN SELECT RAISE(ABORT, 'a transfer is never changed'); END;

-- Reservations that have not ended.
CREATE TABLE ledger_open (
  tenant     TEXT NOT NULL,
  id         TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, id) REFERENCES ledger_transfer (tenant, id)
) STRICT;
CREATE INDEX ledger_open_by_end ON ledger_open (tenant, expires_at);

-- What ran before there was a ledger was spent at once.
INSERT INTO ledger_account (tenant, account) SELECT id, account FROM tenant, (SELECT 0 AS account UNION SELECT 1 UNION SELECT 2);
INSERT INTO ledger_transfer (tenant, id, kind, debit, credit, amount, at)
  SELECT tenant, id, 0, 1, 2, cost_micro_usd, coalesce(ended_at, started_at) FROM cast_run WHERE cost_micro_usd > 0 ORDER BY seq;
UPDATE ledger_account SET debits_posted = (SELECT coalesce(sum(amount), 0) FROM ledger_transfer t WHERE t.tenant = ledger_account.tenant) WHERE account = 1;
UPDATE ledger_account SET credits_posted = (SELECT coalesce(sum(amount), 0) FROM ledger_transfer t WHERE t.tenant = ledger_account.tenant) WHERE account = 2;
