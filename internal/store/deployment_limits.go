package store

import (
	"context"
	"strconv"
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

// limitDiff gives what the history shows of the limits, in the words and units of the form.
func limitDiff(l deployment.Limits) []field {
	return []field{
		{"Plan", string(l.Plan)}, {"Imports per day", inUnits(int64(l.ImportsPerDay), 1)}, {"Bandwidth (Mbit/s)", inUnits(l.Bandwidth, 125_000)},
		{"One-call import up to (MiB)", unitsText(l.Direct, 1<<20)}, {"Part of an upload (MiB)", inUnits(l.Chunk, 1<<20)},
		{"Keep uploads for (hours)", inUnits(int64(l.UploadLife), int64(time.Hour))},
	}
}

// inUnits is empty where nothing is set.
func inUnits(n, unit int64) string {
	if n == 0 {
		return ""
	}
	return unitsText(n, unit)
}

func unitsText(n, unit int64) string {
	return strconv.FormatFloat(float64(n)/float64(unit), 'f', -1, 64)
}
