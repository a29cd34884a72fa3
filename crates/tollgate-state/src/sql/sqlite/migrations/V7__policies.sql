-- Version 7: policies of modules. hash: of the compiled policy, in hexadecimal digits. A module need not have a version yet.
CREATE TABLE module_policy (
  tenant TEXT NOT NULL REFERENCES tenant (id),
  module TEXT NOT NULL,
  text   TEXT NOT NULL,
  name   TEXT NOT NULL,
  hash   TEXT NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, module)
) STRICT;
