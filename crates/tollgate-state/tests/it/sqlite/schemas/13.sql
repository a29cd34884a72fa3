-- What makes a state of version 13 of one of version 12: its migration and its place in the list.
-- Version 13: a run that was lost has no answer with which its key would go, so its key is found by its age.
CREATE INDEX idempotency_by_age ON idempotency (tenant, at);

INSERT INTO refinery_schema_history VALUES (13, 'keys_of_lost_runs', '2025-01-28T10:15:00Z', '7435434146457483358');

PRAGMA user_version = 13;
