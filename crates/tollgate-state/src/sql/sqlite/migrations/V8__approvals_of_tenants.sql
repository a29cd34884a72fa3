-- Version 8: questions about runs of a server, for its tenants. tenant: `local` for questions of no server.
ALTER TABLE approval_card ADD COLUMN tenant TEXT NOT NULL DEFAULT 'local';
DROP INDEX approval_card_pending;
CREATE UNIQUE INDEX approval_card_pending ON approval_card (tenant, module, capability, interface, operation, arguments, policy) WHERE state = 0;
CREATE INDEX approval_card_by_tenant ON approval_card (tenant, seq);
