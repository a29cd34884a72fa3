-- Version 6: answers of runs count against the storage of their tenant, and are kept for a time.
-- answer_bytes: of the answer, while it is kept.
ALTER TABLE cast_run ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0 CHECK (answer_bytes >= 0);
UPDATE cast_run SET answer_bytes = length(CAST(answer AS BLOB)) WHERE answer IS NOT NULL;
CREATE INDEX cast_run_by_answer ON cast_run (tenant, ended_at) WHERE answer_bytes > 0;

-- answer_bytes: of all answers that are kept.
ALTER TABLE tenant ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0 CHECK (answer_bytes >= 0);
UPDATE tenant SET answer_bytes = (SELECT coalesce(sum(r.answer_bytes), 0) FROM cast_run r WHERE r.tenant = tenant.id);

-- A key goes with its answer.
CREATE INDEX idempotency_by_cast ON idempotency (cast_id);
