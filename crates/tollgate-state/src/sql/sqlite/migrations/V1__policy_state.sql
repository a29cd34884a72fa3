-- Version 1. History is kept: facts are rows with a time, the newest row at or before the snapshot's time counts.
-- Times are nanoseconds since 1970 in UTC. Tables are STRICT so that a wrong type is an error here and not later.
CREATE TABLE trust (
  seq   INTEGER PRIMARY KEY,
  did   TEXT NOT NULL,
  r     REAL NOT NULL CHECK (r     BETWEEN 0 AND 1),
  i     REAL NOT NULL CHECK (i     BETWEEN 0 AND 1),
  c     REAL NOT NULL CHECK (c     BETWEEN 0 AND 1),
  p     REAL NOT NULL CHECK (p     BETWEEN 0 AND 1),
  v     REAL NOT NULL CHECK (v     BETWEEN 0 AND 1),
  omega REAL NOT NULL CHECK (omega BETWEEN 0 AND 1),
  at    INTEGER NOT NULL
) STRICT;
CREATE INDEX trust_by_did ON trust (did, at, seq);

CREATE TABLE credential (
  issuer  TEXT NOT NULL,
  id      TEXT NOT NULL,
  subject TEXT NOT NULL,
  schema  TEXT NOT NULL,
  jwt     TEXT NOT NULL,
  PRIMARY KEY (issuer, id)
) STRICT;
CREATE INDEX credential_by_subject ON credential (subject);

CREATE TABLE revocation (
  issuer TEXT NOT NULL,
  id     TEXT NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (issuer, id)
) STRICT;

-- schema_pattern is a did pattern: `*` one segment, trailing `**` any deeper segments.
CREATE TABLE issuer (
  issuer         TEXT NOT NULL,
  schema_pattern TEXT NOT NULL,
  PRIMARY KEY (issuer, schema_pattern)
) STRICT;

CREATE TABLE delegation (
  seq      INTEGER PRIMARY KEY,
  owner    TEXT NOT NULL,
  delegate TEXT NOT NULL,
  from_at  INTEGER NOT NULL,
  until_at INTEGER
) STRICT;
CREATE INDEX delegation_by_owner ON delegation (owner);

CREATE TABLE blueprint (
  seq        INTEGER PRIMARY KEY,
  did        TEXT NOT NULL,
  attributes TEXT NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX blueprint_by_did ON blueprint (did, at, seq);

-- amount: an exact decimal scaled by 10^18, as text because it has 128 bits.
CREATE TABLE balance (
  seq     INTEGER PRIMARY KEY,
  did     TEXT NOT NULL,
  account TEXT NOT NULL,
  amount  TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX balance_by_account ON balance (did, account, at, seq);

CREATE TABLE session (
  id    TEXT PRIMARY KEY,
  did   TEXT NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX session_by_did ON session (did);

CREATE TABLE karma (
  seq   INTEGER PRIMARY KEY,
  did   TEXT NOT NULL,
  value REAL NOT NULL,
  at    INTEGER NOT NULL
) STRICT;
CREATE INDEX karma_by_did ON karma (did, at, seq);

CREATE TABLE realm_member (
  did   TEXT PRIMARY KEY,
  realm TEXT NOT NULL
) STRICT;

CREATE TABLE realm_dampening (
  from_realm TEXT NOT NULL,
  to_realm   TEXT NOT NULL,
  factor     REAL NOT NULL CHECK (factor BETWEEN 0 AND 1),
  PRIMARY KEY (from_realm, to_realm)
) STRICT;

-- One row a commit: the idempotency key and what was decided. Rows of `entry` and `event` name the commit that wrote them.
CREATE TABLE commit_log (
  seq     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  at      INTEGER NOT NULL,
  outcome TEXT NOT NULL
) STRICT;

CREATE TABLE entry (
  seq        INTEGER PRIMARY KEY,
  store      TEXT NOT NULL,
  key        TEXT NOT NULL,
  value      TEXT NOT NULL,
  commit_seq INTEGER NOT NULL REFERENCES commit_log (seq)
) STRICT;
CREATE INDEX entry_by_key ON entry (store, key, seq);

CREATE TABLE event (
  seq        INTEGER PRIMARY KEY,
  type       TEXT NOT NULL,
  payload    TEXT NOT NULL,
  commit_seq INTEGER NOT NULL REFERENCES commit_log (seq)
) STRICT;

-- Amounts are whole micro-mana. `level` is what can be reserved at `refilled_at`; `fraction` is what has refilled beyond
-- it, in billionths of a micro-mana, so that refilling is exact however often it is done.
CREATE TABLE mana (
  identity       TEXT PRIMARY KEY,
  capacity       INTEGER NOT NULL CHECK (capacity >= 0),
  per_second     INTEGER NOT NULL CHECK (per_second >= 0),
  level          INTEGER NOT NULL CHECK (level BETWEEN 0 AND capacity),
  fraction       INTEGER NOT NULL DEFAULT 0 CHECK (fraction BETWEEN 0 AND 999999999),
  refilled_at    INTEGER NOT NULL
) STRICT;

-- state 0: open, 1: settled (used is final), 2: refunded after its lease ran out.
CREATE TABLE reservation (
  id         TEXT PRIMARY KEY,
  identity   TEXT NOT NULL REFERENCES mana (identity),
  amount     INTEGER NOT NULL CHECK (amount >= 0),
  used       INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND amount),
  state      INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reservation_open ON reservation (expires_at) WHERE state = 0;
