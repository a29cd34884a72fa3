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
