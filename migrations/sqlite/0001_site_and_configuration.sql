-- Times are whole microseconds since 1970 in UTC, 0 for "never". A name_key is the name as it is compared: without outer
-- blanks, in lower case of the whole of Unicode, made by the program because SQLite folds ASCII only.

-- +goose Up
CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE owners (
    id        TEXT NOT NULL PRIMARY KEY,
    user_id   TEXT NOT NULL,
    directory TEXT NOT NULL,
    name      TEXT NOT NULL,
    email     TEXT NOT NULL
);

CREATE TABLE properties (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL UNIQUE,
    description   TEXT    NOT NULL,
    choice_values TEXT    NOT NULL, -- JSON list
    for_apps      BOOLEAN NOT NULL,
    for_streams   BOOLEAN NOT NULL
);

CREATE TABLE streams (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    owner_id TEXT REFERENCES owners (id)
);

CREATE TABLE stream_properties (
    stream_id   TEXT    NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    property_id TEXT    NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    value       TEXT    NOT NULL,
    PRIMARY KEY (stream_id, property_id, position)
);
CREATE INDEX stream_properties_by_property ON stream_properties (property_id, stream_id);

CREATE TABLE apps (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    name_key     TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    owner_id     TEXT   REFERENCES owners (id),
    stream_id    TEXT   REFERENCES streams (id), -- NULL: not published
    -- The keys of the stream's and the owner's names stand here once more, so that the overview can be sorted by them from
    -- an index and paged by keyset. Whoever renames a stream or an owner writes them too.
    stream_key   TEXT   NOT NULL DEFAULT '',
    owner_key    TEXT   NOT NULL DEFAULT '',
    tags         TEXT   NOT NULL,                -- JSON list
    size         BIGINT NOT NULL,
    sha256       TEXT   NOT NULL,
    last_reload  BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    modified     BIGINT NOT NULL
);
CREATE INDEX apps_by_name ON apps (name_key, id, stream_key, owner_key); -- with all that a search looks at
CREATE INDEX apps_by_stream_name ON apps (stream_key, id);
CREATE INDEX apps_by_owner_name ON apps (owner_key, id);
CREATE INDEX apps_by_size ON apps (size, id);
CREATE INDEX apps_by_reload ON apps (last_reload, id);
CREATE INDEX apps_by_change ON apps (modified, id);
CREATE INDEX apps_by_stream ON apps (stream_id, id);
CREATE INDEX apps_by_owner ON apps (owner_id, id);
CREATE INDEX apps_by_content ON apps (sha256);

CREATE TABLE app_properties (
    app_id      TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    property_id TEXT    NOT NULL REFERENCES properties (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    value       TEXT    NOT NULL,
    PRIMARY KEY (app_id, property_id, position)
);
CREATE INDEX app_properties_by_property ON app_properties (property_id, app_id);

CREATE TABLE policies (
    id              TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL,
    name_key        TEXT    NOT NULL UNIQUE,
    description     TEXT    NOT NULL,
    template        TEXT    NOT NULL,
    resource_filter TEXT    NOT NULL,
    actions         INTEGER NOT NULL,
    conditions      TEXT    NOT NULL,
    disabled        BOOLEAN NOT NULL,
    tags            TEXT    NOT NULL, -- JSON list
    version         BIGINT  NOT NULL,
    created         BIGINT  NOT NULL,
    modified        BIGINT  NOT NULL,
    modified_by     TEXT    NOT NULL
);

CREATE TABLE deployments (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_key       TEXT    NOT NULL UNIQUE,
    endpoint       TEXT    NOT NULL UNIQUE, -- canonical origin: two deployments never share a tenant
    audience       TEXT    NOT NULL,
    auth           TEXT    NOT NULL,
    client_id      TEXT    NOT NULL,
    client_secret  TEXT    NOT NULL,        -- sealed
    token_endpoint TEXT    NOT NULL,
    space          TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    contact        TEXT    NOT NULL,
    note           TEXT    NOT NULL,
    disabled       BOOLEAN NOT NULL,
    pause_since    BIGINT  NOT NULL DEFAULT 0, -- 0: not paused
    pause_reason   TEXT    NOT NULL DEFAULT '',
    pause_by       TEXT    NOT NULL DEFAULT '',
    pause_cause    TEXT    NOT NULL DEFAULT '',
    tenant_id      TEXT    NOT NULL DEFAULT '', -- empty: not bound
    version        BIGINT  NOT NULL,
    created        BIGINT  NOT NULL,
    modified       BIGINT  NOT NULL,
    modified_by    TEXT    NOT NULL
);
CREATE UNIQUE INDEX deployments_by_tenant ON deployments (tenant_id) WHERE tenant_id <> '';

-- A deployment has one active key and any number of older ones. A draft has no deployment yet, and an end.
CREATE TABLE signing_keys (
    id            TEXT   NOT NULL PRIMARY KEY,
    deployment_id TEXT   REFERENCES deployments (id) ON DELETE CASCADE,
    state         TEXT   NOT NULL CHECK (state IN ('draft', 'active', 'next', 'retired')),
    kid           TEXT   NOT NULL UNIQUE,
    issuer        TEXT   NOT NULL UNIQUE,
    public_pem    TEXT   NOT NULL,
    private_pem   TEXT   NOT NULL, -- sealed
    created       BIGINT NOT NULL,
    expires       BIGINT NOT NULL  -- of a draft; else 0
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (deployment_id) WHERE state = 'active';
CREATE INDEX signing_keys_by_deployment ON signing_keys (deployment_id);
CREATE INDEX signing_keys_drafts ON signing_keys (expires) WHERE state = 'draft';

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    password_hash TEXT    NOT NULL,
    created       BIGINT  NOT NULL,
    last_seen     BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id      TEXT   NOT NULL PRIMARY KEY, -- hash of what the cookie holds
    user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    address TEXT   NOT NULL,
    agent   TEXT   NOT NULL,
    data    BLOB   NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, seen);
CREATE INDEX sessions_by_end ON sessions (expires);

-- The audit trail only grows, apart from what is older than the retention.
CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    actor_id    TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    object_kind TEXT   NOT NULL,
    object_id   TEXT   NOT NULL,
    object_name TEXT   NOT NULL,
    changes     TEXT   NOT NULL, -- JSON list
    request_id  TEXT   NOT NULL,
    search_key  TEXT   NOT NULL  -- who, what and to which object, as it is searched
);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_time ON audit (at);

-- +goose StatementBegin
CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is not rewritten');
END;
-- +goose StatementEnd
