-- +goose Up

-- What a deployment asks of its tenant and of the line to it, at most. Bytes; upload_life in nanoseconds.
ALTER TABLE deployments ADD COLUMN tenant_plan TEXT NOT NULL DEFAULT '';         -- empty: not known
ALTER TABLE deployments ADD COLUMN imports_per_day INTEGER NOT NULL DEFAULT 0;   -- of the plan Other
ALTER TABLE deployments ADD COLUMN bandwidth BIGINT NOT NULL DEFAULT 0;          -- 0: no limit
ALTER TABLE deployments ADD COLUMN direct_bytes BIGINT NOT NULL DEFAULT 4194304; -- 0: none
ALTER TABLE deployments ADD COLUMN chunk_bytes BIGINT NOT NULL DEFAULT 0;        -- 0: the default
ALTER TABLE deployments ADD COLUMN upload_life BIGINT NOT NULL DEFAULT 0;        -- 0: by size and speed

-- Imports by UTC day, counted before each call: what may have been imported counts.
CREATE TABLE import_days (
    tenant_id   TEXT    NOT NULL,
    day         TEXT    NOT NULL, -- such as 2026-11-23
    used        INTEGER NOT NULL,
    spent_until BIGINT  NOT NULL, -- 0: the tenant did not say that the day is spent
    PRIMARY KEY (tenant_id, day)
);
