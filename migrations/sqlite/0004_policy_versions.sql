-- +goose Up

-- What a policy or guard said after each Apply. The rows outlive a deleted policy: decisions of the past name them.
CREATE TABLE policy_versions (
    policy_id       TEXT    NOT NULL,
    version         BIGINT  NOT NULL,
    reason          TEXT    NOT NULL, -- a sentence or a ticket, of whoever applied it
    effect          TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    template        TEXT    NOT NULL,
    resource_filter TEXT    NOT NULL,
    actions         INTEGER NOT NULL,
    conditions      TEXT    NOT NULL,
    tests           TEXT    NOT NULL,
    disabled        BOOLEAN NOT NULL,
    tags            TEXT    NOT NULL, -- JSON list
    created         BIGINT  NOT NULL,
    modified        BIGINT  NOT NULL,
    modified_by     TEXT    NOT NULL,
    PRIMARY KEY (policy_id, version)
);

INSERT INTO policy_versions (policy_id, version, reason, effect, name, description, template, resource_filter, actions, conditions, tests,
    disabled, tags, created, modified, modified_by)
SELECT id, version, '', effect, name, description, template, resource_filter, actions, conditions, tests,
    disabled, tags, created, modified, modified_by
FROM policies;
