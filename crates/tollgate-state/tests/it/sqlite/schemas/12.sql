-- What makes a state of version 12 of one of version 11: its migration, its place in the list, and rows in what is new.
-- Version 12: prices of tenants and modules, and what was charged in a time. Amounts are whole micro-dollars. Times are nanoseconds since 1970 in UTC.
-- module '': each module of the tenant that has no row of its own. second, megabyte, giga_gas: of a second of wall time, of a million bytes of memory,
-- of a thousand million units of gas. minimum: the least that a run costs.
CREATE TABLE price (
  tenant   TEXT NOT NULL REFERENCES tenant (id),
  module   TEXT NOT NULL,
  second   INTEGER NOT NULL CHECK (second >= 0),
  megabyte INTEGER NOT NULL CHECK (megabyte >= 0),
  giga_gas INTEGER NOT NULL CHECK (giga_gas >= 0),
  minimum  INTEGER NOT NULL CHECK (minimum >= 0),
  set_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant, module)
) STRICT;

-- Statements read what was charged in a month.
CREATE INDEX ledger_transfer_charged ON ledger_transfer (tenant, at) WHERE credit = 2 AND kind IN (0, 2);

INSERT INTO refinery_schema_history VALUES (12, 'prices', '2025-01-28T10:15:00Z', '5562236970321387010');
INSERT INTO price VALUES ('acme', '', 2000, 100, 0, 20000, 100), ('acme', 'stat', 1000, 100, 5, 10000, 200);

PRAGMA user_version = 12;
