-- Version 14: whose signatures of modules count, and the signatures; the migration of SQLite explains the tables.

CREATE TABLE signer (
  tenant     TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
  key        TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  set_by     TEXT COLLATE "C" NOT NULL,
  set_at     BIGINT NOT NULL,
  revoked_at BIGINT,
  PRIMARY KEY (tenant, key)
);

CREATE TABLE module_signature (
  tenant    TEXT COLLATE "C" NOT NULL,
  digest    TEXT COLLATE "C" NOT NULL,
  key       TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, digest, key),
  FOREIGN KEY (tenant, key) REFERENCES signer (tenant, key)
);
