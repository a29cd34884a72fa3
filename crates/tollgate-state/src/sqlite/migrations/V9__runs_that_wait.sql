-- Version 9: cards are bounded for each tenant.
CREATE INDEX approval_card_by_tenant_and_state ON approval_card (tenant, state, seq);
