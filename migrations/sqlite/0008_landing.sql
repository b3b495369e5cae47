-- +goose Up

-- Where apps land in a tenant that they are published in. `space` is the pattern of the space's name.
ALTER TABLE deployments ADD COLUMN land_by TEXT NOT NULL DEFAULT '';         -- empty: one space for all; stream; property
ALTER TABLE deployments ADD COLUMN land_property TEXT NOT NULL DEFAULT '';
ALTER TABLE deployments ADD COLUMN create_spaces BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE deployments ADD COLUMN space_members TEXT NOT NULL DEFAULT '[]'; -- JSON list
ALTER TABLE deployments ADD COLUMN app_name TEXT NOT NULL DEFAULT '';        -- pattern; empty: as at the site
ALTER TABLE deployments ADD COLUMN owner_rule TEXT NOT NULL DEFAULT '';      -- empty: whoever signs in; email; fixed
ALTER TABLE deployments ADD COLUMN owner_user TEXT NOT NULL DEFAULT '';

-- The name that a publish was sent with, the app that it surely made or refreshed, and the collections that this delivery adds it to.
ALTER TABLE deliveries ADD COLUMN sent_name TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN published_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN collections TEXT NOT NULL DEFAULT '[]'; -- JSON list

ALTER TABLE placements ADD COLUMN space_rule TEXT NOT NULL DEFAULT '';    -- which rule chose the space
ALTER TABLE placements ADD COLUMN move_to TEXT NOT NULL DEFAULT '';       -- the space that somebody confirmed to move it to
ALTER TABLE placements ADD COLUMN collections TEXT NOT NULL DEFAULT '[]'; -- JSON list of those that we added
ALTER TABLE placements ADD COLUMN owner TEXT NOT NULL DEFAULT '';         -- the user that we made its owner
ALTER TABLE placements ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';    -- JSON list of sentences
UPDATE placements SET space_rule = 'one space for all apps' WHERE space_name <> '' AND EXISTS (
    SELECT 1 FROM deployments d WHERE d.tenant_id = placements.tenant_id AND d.space = placements.space_name AND d.auth <> 'local-bearer');

-- Spaces that are being made: noted before the call, gone when their members have their roles.
CREATE TABLE unfinished_spaces (
    tenant_id TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
