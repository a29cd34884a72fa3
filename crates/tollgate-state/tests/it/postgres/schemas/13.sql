-- What makes a state of version 13 of one of version 12: its migration and its place in the list.
-- Version 13: keys of runs that were lost; the migration of SQLite says why.
CREATE INDEX idempotency_by_age ON idempotency (tenant, at);

INSERT INTO refinery_schema_history VALUES (13, 'keys_of_lost_runs', '2026-12-01T01:27:36.874018701Z', '14397328625417396990');
