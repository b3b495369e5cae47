-- +goose Up

-- Why a delivery does not go on since a change of its state, so that what waits by its turn is told from what is in trouble.
ALTER TABLE transitions ADD COLUMN cause TEXT NOT NULL DEFAULT '';
