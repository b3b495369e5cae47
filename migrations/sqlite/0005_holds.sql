-- +goose Up

-- Above how many new apps of one cause they are held for review; NULL: no limit.
ALTER TABLE deployments ADD COLUMN hold_above INTEGER DEFAULT 25;
-- Which hold a delivery belongs to, or belonged to before it was released; empty: none.
ALTER TABLE deliveries ADD COLUMN hold_id TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_held ON deliveries (hold_id) WHERE hold_id <> '' AND finished = 0;
-- One more than the newest audit record when the event's new apps were counted; 0: never.
ALTER TABLE events ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;

-- What one cause would newly place in one deployment, and waits for somebody to look at it. It is over when no delivery is
-- held by it any more.
CREATE TABLE holds (
    id            TEXT   NOT NULL PRIMARY KEY,
    event_id      TEXT   NOT NULL,
    deployment_id TEXT   NOT NULL,
    note          TEXT   NOT NULL, -- what happened, as the event has it
    actor         TEXT   NOT NULL,
    created       BIGINT NOT NULL,
    UNIQUE (event_id, deployment_id)
);
