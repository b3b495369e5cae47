-- +goose Up
-- Further ways of signing in, what is known of their ends, and a key that takes over from the active one.
ALTER TABLE deployments ADD COLUMN api_key TEXT NOT NULL DEFAULT '';              -- sealed
ALTER TABLE deployments ADD COLUMN secret_expires BIGINT NOT NULL DEFAULT 0;      -- of the client secret; 0: not known
ALTER TABLE deployments ADD COLUMN certificate_expires BIGINT NOT NULL DEFAULT 0; -- of the tenant's TLS, as last seen; 0: never
ALTER TABLE deployments ADD COLUMN person TEXT NOT NULL DEFAULT '';               -- whom the API key belongs to, as last seen
ALTER TABLE signing_keys ADD COLUMN certificate TEXT NOT NULL DEFAULT '';         -- the public half once more, self-signed
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (deployment_id) WHERE state = 'next';
