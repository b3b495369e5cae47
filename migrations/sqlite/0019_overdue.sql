-- +goose Up

-- The delivery before this one was superseded after its work had begun; this one is not, once its own work has begun.
ALTER TABLE deliveries ADD COLUMN overdue BOOLEAN NOT NULL DEFAULT FALSE;
