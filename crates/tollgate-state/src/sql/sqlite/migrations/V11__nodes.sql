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
