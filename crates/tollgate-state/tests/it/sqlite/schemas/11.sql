-- What makes a state of version 11 of one of version 10: its migration, its place in the list, and rows in what is new.
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

INSERT INTO refinery_schema_history VALUES (11, 'nodes', '2025-01-28T10:15:00Z', '12848946061812467918');
INSERT INTO node VALUES (1, '127.0.0.1:7400', 'ed25519:aa', 100, 200), (2, '127.0.0.1:7400', 'ed25519:aa', 300, NULL);
INSERT INTO module_piece VALUES ('acme', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 0, x'0061736d01000000', 100);
UPDATE cast_run SET node = 1;

PRAGMA user_version = 11;
