package main

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }
func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return nil
}

// TestACopyStartsPaused: whatever held distribution where a data folder ran before, a copy of it waits until somebody has read why.
func TestACopyStartsPaused(t *testing.T) {
	for name, before := range map[string]struct {
		observe bool
		pause   string
	}{"plain": {}, "only observed": {observe: true}, "paused": {pause: "night"}, "observed and paused": {true, "night"}} {
		t.Run(name, func(t *testing.T) {
			c := &console{config: consoleConfig{Data: t.TempDir()}}
			if err := c.openStore(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer c.store.Close()
			c.store.UseQueue(noQueue{})
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(c.checkPlace(t.Context()))
			if p, err := c.adminPause(t.Context()); p != nil || err != nil {
				t.Fatalf("paused in its own place: %+v, %v", p, err)
			}
			must(c.store.SaveSiteConnection(t.Context(), site.Connection{Kind: site.Embedded, ObserveOnly: before.observe}))
			if before.pause != "" {
				must(c.store.PauseAll(t.Context(), deployment.Pause{Reason: before.pause, By: "anna"}))
			}
			must(c.store.SetSetting(t.Context(), siteHandles, "of-the-original"))
			must(c.store.SetSetting(t.Context(), "place", "elsewhere:/data"))
			must(c.checkPlace(t.Context()))
			if handles, err := c.store.Setting(t.Context(), siteHandles); handles != "" || err != nil {
				t.Errorf("the copy would end the subscriptions of the original: %q, %v", handles, err)
			}
			p, err := c.store.PausedAll(t.Context())
			must(err)
			if p == nil || p.Cause != "moved" || !strings.Contains(p.Reason, "elsewhere:/data") || !strings.Contains(p.Reason, before.pause) {
				t.Errorf("paused with %+v", p)
			}
			must(c.store.ResumeAll(t.Context()))
			if p, err := c.store.PausedAll(t.Context()); err != nil || p.Observing() != before.observe {
				t.Errorf("after resume %+v, %v", p, err)
			}
		})
	}
}
