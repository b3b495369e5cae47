-- +goose Up

-- The id of the site's own rule that a policy was moved in from; empty: it was made here. No rule is moved in twice.
ALTER TABLE policies ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX policies_origin ON policies (origin) WHERE origin <> '';
