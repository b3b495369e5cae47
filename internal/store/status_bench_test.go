package store_test

import (
	"fmt"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
)

// BenchmarkStatus measures the status page and the start page with 10,000 apps in 4 deployments.
func BenchmarkStatus(b *testing.B) {
	f := newFlight(b, openOnSQLite)
	fillLarge(f, 10_000)
	for name, filter := range map[string]distribution.StatusFilter{
		"all":           {},
		"attention":     {Tab: distribution.TabAttention},
		"distributed":   {Tab: distribution.TabDistributed, Sort: "app"},
		"by deployment": {Sort: "deployment"},
		"by attempts":   {Sort: "attempts", Descending: true},
		"search":        {Search: "pp 77"},
		"one":           {Deployment: f.us, State: distribution.Failed},
	} {
		b.Run("page "+name, func(b *testing.B) {
			for b.Loop() {
				if page := f.page(filter); len(page.Rows)+len(page.Folds) == 0 {
					b.Fatal("no rows")
				}
			}
		})
	}
	b.Run("summaries", func(b *testing.B) {
		for b.Loop() {
			_, err := f.Summaries(f.ctx)
			f.ok(err)
		}
	})
	b.Run("attention", func(b *testing.B) {
		for b.Loop() {
			_, _, err := f.Attention(f.ctx)
			f.ok(err)
		}
	})
	b.Run("since", func(b *testing.B) {
		for b.Loop() {
			_, _, err := f.StatusSince(f.ctx, 39_999)
			f.ok(err)
		}
	})
}

// fillLarge writes rows as they are after a long life: nearly all distributed, some of each other state.
func fillLarge(f *flight, apps int) {
	f.Helper()
	f.deployment("ap")
	f.deployment("sa")
	tx, err := f.Writer().BeginTx(f.ctx, nil)
	f.ok(err)
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{
		`UPDATE deployments SET tenant_id = 't-' || id`,
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO apps (id, name, name_key, description, stream_id, stream_key, tags, size, sha256, last_reload, published_at, generation, created, modified)
		SELECT 'app-' || i, 'App ' || i, 'app ' || i, '', (SELECT id FROM streams), 'finance', '[]', 1000, '', 1000 * i, 1, 2, 1, 1 FROM n`, apps),
		`INSERT INTO deliveries (id, app_id, app_name, app_key, stream_name, stream_key, deployment_id, is_current, state, shown, stage, metadata_only,
			forced, generation, last_reload, meta_hash, why, event_id, ticket, tries, attempts, next_try, cause, message, status, trace_id, size, sha256,
			upload_url, uploaded, file_id, import_started, intermediate, created, changed, finished, seq)
		SELECT lower(hex(randomblob(16))), a.id, a.name, a.name_key, 'Finance', 'finance', d.id, TRUE, s.state, s.state, '', FALSE, FALSE, 2, a.last_reload, '',
			'{"policyName":"Finance to eu","because":"resource.stream.name=\"Finance\" held, since the stream is Finance"}', 'e', 1,
			CASE s.state WHEN 'retrying' THEN 4 ELSE 0 END, 1, 0, CASE WHEN s.state IN ('failed', 'retrying') THEN 'unreachable' ELSE '' END,
			'the tenant does not answer at its address', 503, '', 1000, '', 'https://tenant.example.com/api/v1/temp-contents/files/x', 1000, '', 0, '', 1000 * s.i, 1000 * s.i,
			CASE WHEN s.state IN ('distributed', 'failed') THEN 2000 * s.i ELSE 0 END, s.i
		FROM (SELECT a.id AS app, d.id AS dep, ROW_NUMBER() OVER () AS i,
				CASE ABS(RANDOM()) % 100 WHEN 0 THEN 'failed' WHEN 1 THEN 'retrying' WHEN 2 THEN 'waiting' WHEN 3 THEN 'uploading' ELSE 'distributed' END AS state
			FROM apps a, deployments d) s JOIN apps a ON a.id = s.app JOIN deployments d ON d.id = s.dep`,
		`INSERT INTO placements (app_id, tenant_id, app_name, app_key, deployment_id, remote_id, remote_name, space_id, space_name, generation, last_reload,
			meta_hash, sha256, size, placed, refreshed, left_at, left_why, orphan, seq)
		SELECT app_id, 't-' || deployment_id, app_name, app_key, deployment_id, 'r', app_name, '', '', 1, 1, '', '', 1, 1, 1, 0, '', FALSE, seq FROM deliveries`,
		`UPDATE change_counter SET value = 40000`,
	} {
		if _, err := tx.ExecContext(f.ctx, statement); err != nil {
			f.Fatal(err)
		}
	}
	f.ok(tx.Commit())
}
