-- Version 14: whose signatures of modules count, and the signatures. Times are nanoseconds since 1970 in UTC.
-- signer.key: `ed25519:` and the public key. revoked_at: since when nothing counts that it signed.
-- module_signature: of the bytes with this digest, whichever versions have them.
CREATE TABLE signer (
  tenant     TEXT NOT NULL REFERENCES tenant (id),
  key        TEXT NOT NULL,
  name       TEXT NOT NULL,
  set_by     TEXT NOT NULL,
  set_at     INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (tenant, key)
) STRICT;

CREATE TABLE module_signature (
  tenant    TEXT NOT NULL,
  digest    TEXT NOT NULL,
  key       TEXT NOT NULL,
  signature TEXT NOT NULL,
  signed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, digest, key),
  FOREIGN KEY (tenant, key) REFERENCES signer (tenant, key)
) STRICT;
