-- +goose Up

-- A guard is a policy whose effect is 'never'.
ALTER TABLE policies ADD COLUMN effect TEXT NOT NULL DEFAULT '' CHECK (effect IN ('', 'never'));
-- The lines that must hold at every Apply.
ALTER TABLE policies ADD COLUMN tests TEXT NOT NULL DEFAULT '';
