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
