-- +goose Up

-- A tenant may have held a copy before us. adopted: since when somebody has linked it to the app of the site; 0: we placed it.
-- marked: it is left as it is, and nothing is placed beside it; left_at and left_why say since when and by whom.
ALTER TABLE placements ADD COLUMN adopted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE placements ADD COLUMN marked BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX placements_by_remote ON placements (tenant_id, remote_id);
