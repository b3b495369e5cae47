-- +goose Up

-- Why nobody wants a delivery any more, while it is not known yet what it has made in its tenant.
ALTER TABLE deliveries ADD COLUMN unwanted TEXT NOT NULL DEFAULT '';
