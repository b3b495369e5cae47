package store_test

import (
	"fmt"
	"testing"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// BenchmarkApps measures the overview of apps, and the walk over all of them, with 10,000 apps in 4 deployments.
func BenchmarkApps(b *testing.B) {
	f := newFlight(b, openOnSQLite)
	fillLarge(f, 10_000)
	for i := range 40 {
		_, err := f.CreateStream(f.ctx, site.Stream{Name: fmt.Sprint("Stream ", i)})
		f.ok(err)
	}
	first, err := f.Apps(f.ctx, store.AppFilter{})
	f.ok(err)
	for name, filter := range map[string]store.AppFilter{
		"all":            {},
		"next":           {After: first.Next},
		"changed":        {Sort: "changed", Descending: true},
		"search of many": {Search: "app"},
		"search of some": {Search: "pp 77"},
		"search of one":  {Search: "app 7777"},
		"search by size": {Search: "7777", Sort: "size"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := f.Apps(f.ctx, filter)
				f.ok(err)
				if len(page.Rows) == 0 {
					b.Fatal("no rows")
				}
			}
		})
	}
	b.Run("streams", func(b *testing.B) {
		for b.Loop() {
			_, err := f.Streams(f.ctx)
			f.ok(err)
		}
	})
	b.Run("each published", func(b *testing.B) {
		for b.Loop() {
			f.ok(f.EachPublishedApp(f.ctx, func(site.App) error { return nil }))
		}
	})
}
