-- +goose Up

-- Each change of what the status page shows takes the next number, so that a page can ask what changed since.
CREATE TABLE change_counter (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO change_counter (name, value) VALUES ('status', 0);

CREATE TABLE events (
    id       TEXT   NOT NULL PRIMARY KEY,
    kind     TEXT   NOT NULL,
    app_id   TEXT   NOT NULL, -- empty: all apps that are published, placed or on their way
    app_name TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    position TEXT   NOT NULL, -- the last app that was decided, for events of many apps
    created  BIGINT NOT NULL,
    decided  BIGINT NOT NULL  -- 0: not yet
);
CREATE INDEX events_undecided ON events (created) WHERE decided = 0;

CREATE TABLE deliveries (
    id             TEXT    NOT NULL PRIMARY KEY,
    app_id         TEXT    NOT NULL, -- no reference: the app may be deleted from the site
    app_name       TEXT    NOT NULL,
    app_key        TEXT    NOT NULL,
    stream_name    TEXT    NOT NULL,
    stream_key     TEXT    NOT NULL,
    deployment_id  TEXT    NOT NULL, -- no reference: the deployment may be deleted
    is_current     BOOLEAN NOT NULL, -- the one that the status page shows for this app and deployment
    state          TEXT    NOT NULL,
    shown          TEXT    NOT NULL, -- the state, or 'left in tenant'
    stage          TEXT    NOT NULL,
    metadata_only  BOOLEAN NOT NULL,
    forced         BOOLEAN NOT NULL,
    generation     BIGINT  NOT NULL, -- of the data version
    last_reload    BIGINT  NOT NULL, -- of the data version
    meta_hash      TEXT    NOT NULL,
    why            TEXT    NOT NULL, -- JSON
    event_id       TEXT    NOT NULL,
    ticket         BIGINT  NOT NULL, -- the lease token
    tries          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL, -- rows in attempts
    next_try       BIGINT  NOT NULL,
    cause          TEXT    NOT NULL,
    message        TEXT    NOT NULL,
    status         INTEGER NOT NULL,
    trace_id       TEXT    NOT NULL,
    size           BIGINT  NOT NULL,
    sha256         TEXT    NOT NULL,
    upload_url     TEXT    NOT NULL,
    uploaded       BIGINT  NOT NULL,
    file_id        TEXT    NOT NULL,
    import_started BIGINT  NOT NULL,
    intermediate   TEXT    NOT NULL,
    created        BIGINT  NOT NULL,
    changed        BIGINT  NOT NULL,
    finished       BIGINT  NOT NULL, -- 0: open
    seq            BIGINT  NOT NULL  -- of the last change
);
CREATE UNIQUE INDEX deliveries_current ON deliveries (app_id, deployment_id) WHERE is_current;
CREATE INDEX deliveries_by_app ON deliveries (app_id, deployment_id, created);
CREATE INDEX deliveries_open ON deliveries (deployment_id, state) WHERE finished = 0;
CREATE INDEX deliveries_open_apps ON deliveries (app_id) WHERE finished = 0;
CREATE INDEX deliveries_sent ON deliveries (finished, deployment_id, uploaded) WHERE state = 'distributed';
CREATE INDEX deliveries_by_seq ON deliveries (seq) WHERE is_current;
-- These hold all that the status page filters and counts by (is_current too, which SQLite would else look up), so that it
-- never reads a whole row that it does not show.
CREATE INDEX deliveries_by_change ON deliveries (changed, id, shown, tries, deployment_id, cause, stream_key, app_key, app_id, attempts, is_current) WHERE is_current;
CREATE INDEX deliveries_by_name ON deliveries (app_key, id, shown, tries, deployment_id, cause, stream_key, app_id, is_current) WHERE is_current;
CREATE INDEX deliveries_by_state ON deliveries (shown, deployment_id, cause, tries, changed, id, app_key, stream_key, app_id, is_current) WHERE is_current;

CREATE TABLE attempts (
    delivery_id TEXT    NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    started     BIGINT  NOT NULL,
    ended       BIGINT  NOT NULL,
    stage       TEXT    NOT NULL,
    bytes       BIGINT  NOT NULL,
    status      INTEGER NOT NULL,
    trace_id    TEXT    NOT NULL,
    error       TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE transitions (
    delivery_id TEXT    NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    at          BIGINT  NOT NULL,
    from_state  TEXT    NOT NULL, -- empty: it was made
    to_state    TEXT    NOT NULL,
    by_whom     TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE placements (
    app_id        TEXT    NOT NULL,
    tenant_id     TEXT    NOT NULL,
    app_name      TEXT    NOT NULL,
    app_key       TEXT    NOT NULL,
    deployment_id TEXT    NOT NULL, -- that placed it last; may be deleted since
    remote_id     TEXT    NOT NULL,
    remote_name   TEXT    NOT NULL,
    space_id      TEXT    NOT NULL,
    space_name    TEXT    NOT NULL,
    generation    BIGINT  NOT NULL,
    last_reload   BIGINT  NOT NULL,
    meta_hash     TEXT    NOT NULL,
    sha256        TEXT    NOT NULL,
    size          BIGINT  NOT NULL,
    placed        BIGINT  NOT NULL,
    refreshed     BIGINT  NOT NULL,
    left_at       BIGINT  NOT NULL, -- 0: kept up to date
    left_why      TEXT    NOT NULL,
    orphan        BOOLEAN NOT NULL, -- no current delivery stands for it on the status page, so it has a line of its own
    seq           BIGINT  NOT NULL,
    PRIMARY KEY (app_id, tenant_id)
);
CREATE INDEX placements_by_tenant ON placements (tenant_id, left_at, app_id);
CREATE INDEX placements_orphans ON placements (deployment_id, app_key) WHERE orphan;

-- The names of deleted deployments, for the history and for what they left in their tenants.
CREATE TABLE former_deployments (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    endpoint TEXT   NOT NULL,
    deleted  BIGINT NOT NULL
);

CREATE TABLE spool (
    entry_key TEXT   NOT NULL PRIMARY KEY,
    node      TEXT   NOT NULL,
    path      TEXT   NOT NULL,
    size      BIGINT NOT NULL,
    sha256    TEXT   NOT NULL,
    used      BIGINT NOT NULL
);
