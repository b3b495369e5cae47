package live_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/web/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newest(context.Context) (int64, error) { return 7, nil }

// TestNewsBeforeTheFirstLookIsTold: what changes after a page has looked and before the watcher does must not be missed.
func TestNewsBeforeTheFirstLookIsTold(t *testing.T) {
	hub := live.NewHub(time.Hour, newest)
	defer hub.End()
	news, stop := hub.Listen()
	defer stop()
	select {
	case <-news:
	case <-time.After(10 * time.Second):
		t.Error("a change that came before the watcher's first look was not told")
	}
}

func TestNothingIsWatchedAfterTheEnd(t *testing.T) {
	hub := live.NewHub(time.Hour, newest)
	hub.End()
	hub.End()
	news, stop := hub.Listen()
	defer stop()
	select {
	case <-hub.Ended():
	default:
		t.Error("it has not ended")
	}
	select {
	case <-news:
		t.Error("somebody still watches")
	default:
	}
}
