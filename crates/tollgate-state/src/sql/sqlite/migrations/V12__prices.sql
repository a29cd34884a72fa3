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
