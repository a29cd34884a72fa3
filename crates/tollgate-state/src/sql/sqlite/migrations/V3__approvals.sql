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
