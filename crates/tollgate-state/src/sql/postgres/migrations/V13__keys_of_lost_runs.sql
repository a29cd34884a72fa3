-- Version 13: keys of runs that were lost; the migration of SQLite says why.
CREATE INDEX idempotency_by_age ON idempotency (tenant, at);
