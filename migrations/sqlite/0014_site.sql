-- +goose Up

-- Where the apps of the site come from, and how the console signs in there. One row at most; none: nobody has said yet.
CREATE TABLE site_connection (
    id             TEXT    NOT NULL PRIMARY KEY CHECK (id = 'site'),
    kind           TEXT    NOT NULL,
    way            TEXT    NOT NULL DEFAULT '',
    host           TEXT    NOT NULL DEFAULT '',
    port           INTEGER NOT NULL DEFAULT 0,
    client_pem     TEXT    NOT NULL DEFAULT '',
    client_file    TEXT    NOT NULL DEFAULT '',
    key_pem        TEXT    NOT NULL DEFAULT '', -- sealed
    key_file       TEXT    NOT NULL DEFAULT '',
    root_pem       TEXT    NOT NULL DEFAULT '',
    root_file      TEXT    NOT NULL DEFAULT '',
    user_directory TEXT    NOT NULL DEFAULT '',
    user_id        TEXT    NOT NULL DEFAULT '',
    prefix         TEXT    NOT NULL DEFAULT '',
    jwt            TEXT    NOT NULL DEFAULT '', -- sealed
    jwt_file       TEXT    NOT NULL DEFAULT '',
    callback       TEXT    NOT NULL DEFAULT '',
    look           BIGINT  NOT NULL DEFAULT 0,  -- nanoseconds, as sweep
    sweep          BIGINT  NOT NULL DEFAULT 0,
    exports        INTEGER NOT NULL DEFAULT 0,
    window_from    INTEGER NOT NULL DEFAULT 0,  -- minutes after midnight, as window_to
    window_to      INTEGER NOT NULL DEFAULT 0,
    acting         BOOLEAN NOT NULL DEFAULT FALSE,
    observe_since  BIGINT  NOT NULL DEFAULT 0,  -- 0: not observed only
    observe_by     TEXT    NOT NULL DEFAULT '',
    fixed          BOOLEAN NOT NULL DEFAULT FALSE,
    taken          BIGINT  NOT NULL DEFAULT 0,  -- when all apps of the repository had been read once; 0: not yet
    version        BIGINT  NOT NULL,
    modified       BIGINT  NOT NULL,
    modified_by    TEXT    NOT NULL
);
INSERT INTO site_connection (id, kind, version, modified, modified_by)
SELECT 'site', 'embedded', 1, 0, 'Skyferry'
WHERE EXISTS (SELECT 1 FROM apps) OR EXISTS (SELECT 1 FROM streams) OR EXISTS (SELECT 1 FROM properties);

-- By this the connector knows what it has taken already.
ALTER TABLE apps ADD COLUMN site_print TEXT NOT NULL DEFAULT '';

-- What apps were when they went from the site: one that comes back as it was needs no new data version.
CREATE TABLE former_apps (
    id           TEXT   NOT NULL PRIMARY KEY,
    size         BIGINT NOT NULL,
    last_reload  BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    gone         BIGINT NOT NULL
);

-- A repository may have two streams and two definitions of the same name: uniqueness is a rule of the embedded site alone.
-- SQLite cannot drop a UNIQUE, so both tables are made anew; what a DROP takes away with them is kept meanwhile.
PRAGMA defer_foreign_keys = ON;
CREATE TEMPORARY TABLE kept_app_values AS SELECT * FROM app_properties;
CREATE TEMPORARY TABLE kept_stream_values AS SELECT * FROM stream_properties;
CREATE TEMPORARY TABLE kept AS SELECT * FROM streams;
DROP TABLE streams;
CREATE TABLE streams (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL,
    owner_id TEXT REFERENCES owners (id)
);
CREATE INDEX streams_by_name ON streams (name_key, id);
INSERT INTO streams SELECT id, name, name_key, owner_id FROM kept;
DROP TABLE kept;
CREATE TEMPORARY TABLE kept AS SELECT * FROM properties;
DROP TABLE properties;
CREATE TABLE properties (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    choice_values TEXT    NOT NULL, -- JSON list
    for_apps      BOOLEAN NOT NULL,
    for_streams   BOOLEAN NOT NULL
);
CREATE INDEX properties_by_name ON properties (name_key, id);
INSERT INTO properties SELECT id, name, name_key, description, choice_values, for_apps, for_streams FROM kept;
DROP TABLE kept;
INSERT INTO app_properties SELECT app_id, property_id, position, value FROM kept_app_values;
INSERT INTO stream_properties SELECT stream_id, property_id, position, value FROM kept_stream_values;
DROP TABLE kept_app_values;
DROP TABLE kept_stream_values;
