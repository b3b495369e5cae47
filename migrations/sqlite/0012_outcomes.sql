-- +goose Up

-- What the tenant had before a staged import was sent, and a change of name and description whose outcome is not known: by
-- these the next run sees what has come about. JSON; empty or null: none.
ALTER TABLE deliveries ADD COLUMN before_import TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN naming TEXT NOT NULL DEFAULT '';
