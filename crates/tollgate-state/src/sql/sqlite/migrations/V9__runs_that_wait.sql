-- Version 9: what a run may use that somebody has to allow, and whether it has begun; cards are bounded for each tenant.
-- The most that the run may use and cost; NULL: the question is about a call.
ALTER TABLE approval_card ADD COLUMN gas_max INTEGER CHECK (gas_max >= 0);
ALTER TABLE approval_card ADD COLUMN memory_bytes_max INTEGER CHECK (memory_bytes_max >= 0);
ALTER TABLE approval_card ADD COLUMN wall_ms_max INTEGER CHECK (wall_ms_max >= 0);
ALTER TABLE approval_card ADD COLUMN cost_micro_usd_max INTEGER CHECK (cost_micro_usd_max >= 0);
CREATE INDEX approval_card_by_tenant_and_state ON approval_card (tenant, state, seq);

-- has_begun 0: it is written down, and somebody has to allow it first.
ALTER TABLE cast_run ADD COLUMN has_begun INTEGER NOT NULL DEFAULT 1 CHECK (has_begun IN (0, 1));
