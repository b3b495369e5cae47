package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

const limitColumns = `d.tenant_plan, d.imports_per_day, d.bandwidth, d.direct_bytes, d.chunk_bytes, d.upload_life`

// limitFields are the places for limitColumns.
func limitFields(l *deployment.Limits) []any {
	return []any{&l.Plan, &l.ImportsPerDay, &l.Bandwidth, &l.Direct, &l.Chunk, &l.UploadLife}
}

func (tx *tx) setLimits(ctx context.Context, id string, l deployment.Limits) error {
	_, err := tx.exec(ctx, `UPDATE deployments SET tenant_plan = ?, imports_per_day = ?, bandwidth = ?, direct_bytes = ?, chunk_bytes = ?,
		upload_life = ? WHERE id = ?`, l.Plan, l.ImportsPerDay, l.Bandwidth, l.Direct, l.Chunk, l.UploadLife, id)
	return err
}

// tidyLimits drops what does not count: a number of imports beside a plan that has its own.
func tidyLimits(l *deployment.Limits) {
	if l.Plan != deployment.OtherPlan {
		l.ImportsPerDay = 0
	}
}

// limitDiff gives what the history shows of the limits.
func limitDiff(l deployment.Limits) []field {
	return []field{
		{"Plan", string(l.Plan)}, {"Imports per day", numberText(int64(l.ImportsPerDay))}, {"Bandwidth, bytes per second", numberText(l.Bandwidth)},
		{"Direct import up to, bytes", countText(l.Direct)}, {"Part of an upload, bytes", numberText(l.Chunk)}, {"Uploads are kept for", lifeText(l.UploadLife)},
	}
}

// numberText is empty where nothing is set.
func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return countText(n)
}

func lifeText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
