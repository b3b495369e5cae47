-- +goose Up

-- What the reason in unwanted is of: a decision (not-wanted), or a person (cancelled).
ALTER TABLE deliveries ADD COLUMN unwanted_cause TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET unwanted_cause = 'not-wanted' WHERE unwanted <> '';

