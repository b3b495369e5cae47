-- +goose Up

-- What could not be done about a space that this delivery made: a later run, which ends the delivery, tells it with the app.
ALTER TABLE deliveries ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'; -- JSON list of sentences
