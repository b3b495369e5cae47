-- +goose Up

-- Which policies and guards, in which versions, decided. One row for each set that ever did.
CREATE TABLE rule_sets (
    id    TEXT NOT NULL PRIMARY KEY, -- hash of rules
    rules TEXT NOT NULL              -- JSON list of policy id and version
);

-- What a decision was made of, so that it can be explained later. Of each app the newest one is kept, and those that its
-- current deliveries come from.
CREATE TABLE decisions (
    app_id      TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    rule_set_id TEXT   NOT NULL REFERENCES rule_sets (id),
    app         TEXT   NOT NULL, -- JSON; null: it was gone
    targets     TEXT   NOT NULL, -- JSON list of the enabled deployments' ids and names
    PRIMARY KEY (app_id, event_id)
);
CREATE INDEX decisions_by_set ON decisions (rule_set_id);
