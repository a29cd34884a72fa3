-- What makes a state of version 12 of one of version 11: its migration, its place in the list, and rows in what is new.
-- Version 12: prices of tenants and modules, and what was charged in a time; the migration of SQLite explains the table.

CREATE TABLE price (
  tenant   TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
  module   TEXT COLLATE "C" NOT NULL,
  second   BIGINT NOT NULL CHECK (second >= 0),
  megabyte BIGINT NOT NULL CHECK (megabyte >= 0),
  giga_gas BIGINT NOT NULL CHECK (giga_gas >= 0),
  minimum  BIGINT NOT NULL CHECK (minimum >= 0),
  set_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant, module)
);

CREATE INDEX ledger_transfer_charged ON ledger_transfer (tenant, at) WHERE credit = 2 AND kind IN (0, 2);

INSERT INTO price VALUES ('default', '', 2000, 100, 0, 20000, 100);

INSERT INTO refinery_schema_history VALUES (12, 'prices', '2026-11-30T09:48:44.11150137Z', '15841066343093595442');
