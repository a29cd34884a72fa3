-- Version 13: a run that was lost has no answer with which its key would go, so its key is found by its age.
CREATE INDEX idempotency_by_age ON idempotency (tenant, at);
