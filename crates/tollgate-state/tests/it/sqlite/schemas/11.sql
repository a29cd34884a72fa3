-- A state of version 11: the schema, the list of migrations, and a row or more in each table.
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

-- Version 2: what a server keeps. Every table but the audit log is read by tenant. Times are nanoseconds since 1970 in UTC.
CREATE TABLE tenant (
  id         TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

-- prefix: the public half of a key. hash: SHA-256 of the secret half, which is not kept. roles: names with spaces between.
CREATE TABLE api_key (
  prefix     TEXT PRIMARY KEY,
  tenant     TEXT NOT NULL REFERENCES tenant (id),
  name       TEXT NOT NULL,
  hash       BLOB NOT NULL CHECK (length(hash) = 32),
  roles      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_key_by_tenant ON api_key (tenant, created_at, prefix);

-- A version is never changed, and one that was deleted keeps its row: its name never means other bytes. digest: SHA-256 of the bytes, in hexadecimal digits; the bytes lie in the blob folder.
-- description: what the module is, as JSON.
CREATE TABLE module_version (
  seq         INTEGER PRIMARY KEY,
  tenant      TEXT NOT NULL REFERENCES tenant (id),
  name        TEXT NOT NULL,
  version     TEXT NOT NULL,
  digest      TEXT NOT NULL,
  bytes       INTEGER NOT NULL CHECK (bytes >= 0),
  description TEXT NOT NULL,
  pushed_by   TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  deleted_at  INTEGER,
  UNIQUE (tenant, name, version)
) STRICT;
CREATE INDEX module_version_by_digest ON module_version (tenant, digest);

CREATE TABLE module_tag (
  tenant  TEXT NOT NULL,
  name    TEXT NOT NULL,
  tag     TEXT NOT NULL,
  version TEXT NOT NULL,
  set_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, tag),
  FOREIGN KEY (tenant, name, version) REFERENCES module_version (tenant, name, version)
) STRICT;

-- state 0: running, 1: ended, 2: lost with the process that ran it. failure: why it did not succeed, in one word.
-- answer: what the caller was told, as JSON.
CREATE TABLE cast_run (
  seq            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  tenant         TEXT NOT NULL REFERENCES tenant (id),
  caller         TEXT NOT NULL,
  module         TEXT NOT NULL,
  version        TEXT NOT NULL,
  digest         TEXT NOT NULL,
  input_digest   TEXT NOT NULL,
  started_at     INTEGER NOT NULL,
  ended_at       INTEGER,
  state          INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
  cost_micro_usd INTEGER NOT NULL DEFAULT 0 CHECK (cost_micro_usd >= 0),
  status         INTEGER,
  failure        TEXT,
  answer         TEXT
) STRICT;
CREATE INDEX cast_run_by_tenant ON cast_run (tenant, seq);
CREATE INDEX cast_run_running ON cast_run (state) WHERE state = 0;

-- The first request under a key decides what the key means: the hash of its body, and the run it began.
CREATE TABLE idempotency (
  tenant  TEXT NOT NULL,
  key     TEXT NOT NULL,
  request TEXT NOT NULL,
  cast_id TEXT NOT NULL REFERENCES cast_run (id),
  at      INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT;

-- Append-only: each record carries the hash of the one before it.
CREATE TABLE audit (
  seq      INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  tenant   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  origin   TEXT NOT NULL,
  request  TEXT NOT NULL,
  action   TEXT NOT NULL,
  object   TEXT NOT NULL,
  detail   TEXT NOT NULL,
  previous BLOB NOT NULL CHECK (length(previous) = 32),
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_by_tenant ON audit (tenant, seq);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Version 3: questions about calls, and their answers. Times are nanoseconds since 1970 in UTC; digests and hashes are in hexadecimal digits.
-- state 0: pending, 1: answered, 2: expired, 3: used. answer 0: allow once, 1: allow for the run, 2: allow for the module, 3: deny, 4: deny all.
-- answered_by: the names of who answered, one a line. uses: the calls that the answer has decided.
CREATE TABLE approval_card (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  module      TEXT NOT NULL,
  capability  TEXT NOT NULL,
  interface   TEXT NOT NULL,
  operation   TEXT NOT NULL,
  arguments   TEXT NOT NULL,
  policy      TEXT NOT NULL,
  target      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  risk        TEXT,
  gas_used    INTEGER NOT NULL CHECK (gas_used >= 0),
  state       INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
  answer      INTEGER CHECK (answer IN (0, 1, 2, 3, 4)),
  answered_by TEXT,
  answered_at INTEGER,
  valid_until INTEGER,
  uses        INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
  used_at     INTEGER,
  CHECK (state IN (1, 3) OR answer IS NULL),
  CHECK ((answer IS NULL) = (answered_by IS NULL)),
  CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CHECK ((answer IS NULL) = (valid_until IS NULL)),
  CHECK (state = 3 OR uses = 0),
  CHECK (state <> 3 OR uses > 0),
  CHECK (answer <> 0 OR uses <= 1)
) STRICT;
-- Equal questions wait at one card.
CREATE UNIQUE INDEX approval_card_pending ON approval_card (module, capability, interface, operation, arguments, policy) WHERE state = 0;
CREATE INDEX approval_card_standing ON approval_card (module, arguments) WHERE answer > 0;
CREATE INDEX approval_card_by_state ON approval_card (state, seq);

-- requester: the names of who asked for the execution, one a line. left_at: when it went away without an answer.
CREATE TABLE approval_waiter (
  seq       INTEGER PRIMARY KEY,
  card      INTEGER NOT NULL REFERENCES approval_card (seq) ON DELETE CASCADE,
  execution TEXT NOT NULL,
  requester TEXT NOT NULL,
  process   TEXT NOT NULL,
  since     INTEGER NOT NULL,
  left_at   INTEGER,
  UNIQUE (card, execution)
) STRICT;
CREATE INDEX approval_waiter_by_execution ON approval_waiter (execution);

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

-- Version 5: quotas of tenants. NULL, and no row: the server's standard.
CREATE TABLE quota (
  tenant              TEXT PRIMARY KEY REFERENCES tenant (id),
  requests_per_minute INTEGER CHECK (requests_per_minute >= 0),
  casts_at_once       INTEGER CHECK (casts_at_once >= 0),
  storage_bytes       INTEGER CHECK (storage_bytes >= 0),
  gas_per_day         INTEGER CHECK (gas_per_day >= 0)
) STRICT;

-- Gas by the day on which a run began, in days since 1970 in UTC. reserved: the most that runs under way can use.
CREATE TABLE gas_day (
  tenant   TEXT NOT NULL REFERENCES tenant (id),
  day      INTEGER NOT NULL,
  used     INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (tenant, day)
) STRICT;

-- What a run may use of it and did.
ALTER TABLE cast_run ADD COLUMN gas_max INTEGER NOT NULL DEFAULT 0 CHECK (gas_max >= 0);
ALTER TABLE cast_run ADD COLUMN gas_used INTEGER NOT NULL DEFAULT 0 CHECK (gas_used >= 0);

-- Version 6: answers of runs count against the storage of their tenant, and are kept for a time.
-- answer_bytes: of the answer, while it is kept.
ALTER TABLE cast_run ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0 CHECK (answer_bytes >= 0);
CREATE INDEX cast_run_by_answer ON cast_run (tenant, ended_at) WHERE answer_bytes > 0;

-- answer_bytes: of all answers that are kept.
ALTER TABLE tenant ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0 CHECK (answer_bytes >= 0);

-- A key goes with its answer.
CREATE INDEX idempotency_by_cast ON idempotency (cast_id);

-- Version 7: policies of modules. hash: of the compiled policy, in hexadecimal digits. A module need not have a version yet.
CREATE TABLE module_policy (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  module TEXT NOT NULL,
  text   TEXT NOT NULL,
  name   TEXT NOT NULL,
  hash   TEXT NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, module)
) STRICT;

-- Version 8: questions about runs of a server, for its tenants. tenant: `local` for questions of no server.
ALTER TABLE approval_card ADD COLUMN tenant TEXT NOT NULL DEFAULT 'local';
DROP INDEX approval_card_pending;
CREATE UNIQUE INDEX approval_card_pending ON approval_card (tenant, module, capability, interface, operation, arguments, policy) WHERE state = 0;
CREATE INDEX approval_card_by_tenant ON approval_card (tenant, seq);

-- Version 9: what a run may use that somebody has to allow, and whether it has begun; cards are bounded for each tenant.
-- The most that the run may use and cost; NULL: the question is about a call.
ALTER TABLE approval_card ADD COLUMN gas_max INTEGER CHECK (gas_max >= 0);
ALTER TABLE approval_card ADD COLUMN memory_bytes_max INTEGER CHECK (memory_bytes_max >= 0);
ALTER TABLE approval_card ADD COLUMN wall_ms_max INTEGER CHECK (wall_ms_max >= 0);
ALTER TABLE approval_card ADD COLUMN cost_micro_usd_max INTEGER CHECK (cost_micro_usd_max >= 0);
CREATE INDEX approval_card_by_tenant_and_state ON approval_card (tenant, state, seq);

-- has_begun 0: it is written down, and somebody has to allow it first.
ALTER TABLE cast_run ADD COLUMN has_begun INTEGER NOT NULL DEFAULT 1 CHECK (has_begun IN (0, 1));

-- Version 10: receipts of runs, which are kept as long as the answer and count with it, and the chain of each signer.
-- receipt: a line without its end; NULL: there is none, or it is forgotten.
ALTER TABLE cast_run ADD COLUMN receipt TEXT;

-- sequence, previous: of the next receipt of this signer. A signer without a row has signed none.
CREATE TABLE receipt_chain (
    signer TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    previous BLOB NOT NULL CHECK (length(previous) = 32)
) STRICT, WITHOUT ROWID;

-- Version 11: servers that share a state, and bytes of modules in it.
-- A row for each time that a server began to work with this state. name: what it is called in what is said of it. signer: the key
-- that signs its receipts. ended_at: when it stopped, or when another one saw that it was gone; it writes nothing from then on.
CREATE TABLE node (
  seq      INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  signer   TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX node_open ON node (seq) WHERE ended_at IS NULL;

-- node: the server that runs it; NULL: one of before there were several. cancelled_at: when somebody wished that it stops.
ALTER TABLE cast_run ADD COLUMN node INTEGER;
ALTER TABLE cast_run ADD COLUMN cancelled_at INTEGER;
CREATE INDEX cast_run_cancelled ON cast_run (node) WHERE state = 0 AND cancelled_at IS NOT NULL;

-- Bytes of modules, where they are not files: each piece begins at its place. They are those of the digest when they are read.
CREATE TABLE module_piece (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  digest TEXT NOT NULL,
  place  INTEGER NOT NULL CHECK (place >= 0),
  bytes  BLOB NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest, place)
) STRICT;

CREATE INDEX approval_waiter_by_process ON approval_waiter (process) WHERE left_at IS NULL;

CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES (1, 'policy_state', '2025-01-28T10:15:00Z', '13987741754136398047'), (2, 'server', '2025-01-28T10:15:00Z', '12974205255392615759'), (3, 'approvals', '2025-01-28T10:15:00Z', '8563106272227997585'), (4, 'ledger', '2025-01-28T10:15:00Z', '2191212743055450412'), (5, 'quotas', '2025-01-28T10:15:00Z', '3342913516751417988'), (6, 'answers', '2025-01-28T10:15:00Z', '14960911260798256769'), (7, 'policies', '2025-01-28T10:15:00Z', '5747366159514223296'), (8, 'approvals_of_tenants', '2025-01-28T10:15:00Z', '15141884076142011396'), (9, 'runs_that_wait', '2025-01-28T10:15:00Z', '4575732327084116071'), (10, 'receipts', '2025-01-28T10:15:00Z', '7046903741783792490'), (11, 'nodes', '2025-01-28T10:15:00Z', '12848946061812467918');

INSERT INTO trust VALUES (1, 'did:key:z1', 0.5, 0.25, 1, 0, 0.125, 0.75, 100), (2, 'did:key:z1', 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 200);
INSERT INTO credential VALUES ('did:key:z2', 'urn:1', 'did:key:z1', 'did:example:schema', 'a.b.c');
INSERT INTO revocation VALUES ('did:key:z2', 'urn:0', 50);
INSERT INTO issuer VALUES ('did:key:z2', 'did:example:**');
INSERT INTO delegation VALUES (1, 'did:key:z1', 'did:key:z3', 10, NULL), (2, 'did:key:z1', 'did:key:z4', 10, 20);
INSERT INTO blueprint VALUES (1, 'did:key:z1', '{"power":{"type":"number"}}', 5);
INSERT INTO balance VALUES (1, 'did:key:z1', 'main', '123456789012345678901234567890', 5);
INSERT INTO session VALUES ('s1', 'did:key:z1', NULL), ('s2', 'did:key:z1', 7);
INSERT INTO karma VALUES (1, 'did:key:z1', 2.5, 5);
INSERT INTO realm_member VALUES ('did:key:z1', 'home');
INSERT INTO realm_dampening VALUES ('home', 'finance', 0.5);
INSERT INTO commit_log VALUES (1, 'c1', 5, '{"decision":"accept"}');
INSERT INTO entry VALUES (1, 'offers', 'o1', 'accepted', 1);
INSERT INTO event VALUES (1, 'offer.accepted', 'o1', 1);
INSERT INTO mana VALUES ('did:key:z1', 100, 3, 40, 333333333, 5);
INSERT INTO reservation VALUES ('r1', 'did:key:z1', 60, 0, 0, 600), ('r2', 'did:key:z1', 5, 4, 1, 600);
INSERT INTO tenant VALUES ('acme', 100, 12);
INSERT INTO api_key VALUES ('abababababab', 'acme', 'a key', zeroblob(32), 'caller publisher', 100, NULL, 200);
INSERT INTO module_version VALUES (1, 'acme', 'stat', '1.0.0', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 8, '{}', 'abababababab', 100, NULL);
INSERT INTO module_tag VALUES ('acme', 'stat', 'latest', '1.0.0', 100);
INSERT INTO cast_run VALUES (1, 'c1', 'acme', 'abababababab', 'stat', '1.0.0', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 100, 200, 1, 10000, 200, NULL, '{"output":1}', 1000, 300, 12, 1, '{"payload":"e30="}', 1, NULL);
INSERT INTO idempotency VALUES ('acme', 'k', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'c1', 100);
INSERT INTO audit VALUES (1, 100, 'acme', 'operator', 'local', 'r', 'tenant.create', 'acme', '{}', zeroblob(32), zeroblob(32));
INSERT INTO approval_card VALUES (1, 'card1', 100, 700, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'file-read', 'wasi', 'open', 'notes.txt', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '/srv/notes.txt', 'asked', NULL, 5, 3, 0, 'Ann', 150, 700, 1, 160, 'acme', 1000, 65536, 5000, 20000);
INSERT INTO approval_waiter VALUES (1, 1, 'exec1', 'Bob', 'process1', 100, 160);
INSERT INTO ledger_account VALUES ('acme', 0, 0, 50000, 0, 0), ('acme', 1, 20000, 10000, 0, 50000), ('acme', 2, 0, 0, 20000, 10000);
INSERT INTO budget VALUES ('acme', 1, 90000);
INSERT INTO ledger_transfer VALUES (1, 'acme', 'b1', NULL, 0, 0, 1, 50000, NULL, 90), (2, 'acme', 'c1', NULL, 1, 1, 2, 20000, 3600, 100), (3, 'acme', NULL, 'c1', 2, 1, 2, 10000, NULL, 200), (4, 'acme', 'c2', NULL, 1, 1, 2, 20000, 3700, 200);
INSERT INTO ledger_open VALUES ('acme', 'c2', 3700);
INSERT INTO receipt_chain VALUES ('ed25519:aa', 1, x'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
INSERT INTO quota VALUES ('acme', 60, NULL, 1000000, NULL);
INSERT INTO gas_day VALUES ('acme', 0, 300, 1000);
INSERT INTO module_policy VALUES ('acme', 'stat', 'policy', 'p', 'aa', 'abababababab', 100);
INSERT INTO node VALUES (1, '127.0.0.1:7400', 'ed25519:aa', 100, 200), (2, '127.0.0.1:7400', 'ed25519:aa', 300, NULL);
INSERT INTO module_piece VALUES ('acme', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 0, x'0061736d01000000', 100);

PRAGMA application_id = 0x746f6c6c;
PRAGMA user_version = 11;
