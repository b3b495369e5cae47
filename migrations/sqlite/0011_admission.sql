-- +goose Up

-- Which apps a deployment takes.
ALTER TABLE deployments ADD COLUMN section_access TEXT NOT NULL DEFAULT '';  -- empty: hold; send; never
ALTER TABLE deployments ADD COLUMN largest_app BIGINT NOT NULL DEFAULT 0;    -- bytes of the file; 0: no limit

-- Whether an app has section access: yes, no, or empty for not known. Of an app it is what the source tells.
ALTER TABLE apps ADD COLUMN section_access TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN section_access TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN first_import BIGINT NOT NULL DEFAULT 0;    -- when an import was first sent; 0: not yet
ALTER TABLE placements ADD COLUMN section_access TEXT NOT NULL DEFAULT '';

ALTER TABLE placements ADD COLUMN memory BIGINT NOT NULL DEFAULT 0;          -- bytes that the app takes in memory; 0: not told
ALTER TABLE placements ADD COLUMN memory_limit BIGINT NOT NULL DEFAULT 0;    -- what the tenant allows one app; 0: no limit, or not told

-- Apps with section access that somebody has released for a tenant.
CREATE TABLE access_releases (
    app_id    TEXT   NOT NULL,
    tenant_id TEXT   NOT NULL,
    by_whom   TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (app_id, tenant_id)
);
