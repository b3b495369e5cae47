package distribution

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// sourceFunc is a Source.
type sourceFunc func(context.Context, string) (Export, error)

func (f sourceFunc) Export(ctx context.Context, appID string) (Export, error) { return f(ctx, appID) }

// TestASlowExportIsShownAndNotLost: the delivery stays what it is and gives its worker away; the next runs find the same export.
func TestASlowExportIsShownAndNotLost(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	end, exports := make(chan struct{}), 0
	w.engine.Spool.Patience = time.Millisecond
	w.engine.Source = sourceFunc(func(ctx context.Context, id string) (Export, error) {
		exports++
		<-end
		return Export{ReadCloser: io.NopCloser(bytes.NewReader(w.data[id])), Size: int64(len(w.data[id])), Version: w.store.apps[id].DataVersion()}, nil
	})
	w.event(site.Published)
	for range 3 {
		again := w.deliver()
		d := w.current()
		if again == nil || *again < time.Second || d.State != Exporting || !strings.HasPrefix(d.Message, "The site writes the file of the app") {
			t.Fatalf("again %v, %s: %s", again, d.State, d.Message)
		}
	}
	w.sentNothing()
	close(end)
	w.engine.Spool.Patience = time.Minute
	w.settle()
	if d := w.current(); d.State != Distributed || exports != 1 || len(w.store.attempts[d.ID]) != 1 {
		t.Errorf("%s after %d exports and %d attempts", d.State, exports, len(w.store.attempts[d.ID]))
	}
}

// TestWaitingForTheSiteIsNoFailure: however often a delivery asks for its turn, that is one attempt, and no try.
func TestWaitingForTheSiteIsNoFailure(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	busy := true
	w.engine.Source = sourceFunc(func(ctx context.Context, id string) (Export, error) {
		if busy {
			return Export{}, &NotNow{Why: "exports begin at 20:00", Wait: time.Hour}
		}
		return w.Export(ctx, id)
	})
	w.event(site.Published)
	for range 30 {
		w.deliver()
		d := w.current()
		if d.State != Retrying || d.Cause != SiteBusy || d.Message != "Exports begin at 20:00." || d.Tries != 0 || d.NextTry.Sub(w.clock) < 50*time.Minute {
			t.Fatalf("%+v", d)
		}
		w.clock = d.NextTry
	}
	busy = false
	w.settle()
	if d := w.current(); d.State != Distributed || len(w.store.attempts[d.ID]) != 1 {
		t.Errorf("%s after %d attempts", d.State, len(w.store.attempts[d.ID]))
	}
}

// TestAPauseWhileExportingSendsNothing: the site's work is not lost, and is sent when somebody resumes.
func TestAPauseWhileExportingSendsNothing(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	end, exports := make(chan struct{}), 0
	w.engine.Spool.Patience = time.Millisecond
	w.engine.Source = sourceFunc(func(ctx context.Context, id string) (Export, error) {
		exports++
		<-end
		return Export{ReadCloser: io.NopCloser(bytes.NewReader(w.data[id])), Size: int64(len(w.data[id])), Version: w.store.apps[id].DataVersion()}, nil
	})
	w.event(site.Published)
	w.deliver()
	w.store.deployments[0].Pause = &deployment.Pause{By: "ann", Reason: "night"}
	w.deliver()
	close(end)
	w.deliver()
	if d := w.current(); d.State != Paused || d.Cause != PausedByAdmin {
		t.Fatalf("%+v", d)
	}
	w.sentNothing()
	w.engine.Spool.Patience = time.Minute
	w.store.deployments[0].Pause = nil
	w.settle()
	if d := w.current(); d.State != Distributed || exports != 1 {
		t.Errorf("%s after %d exports", d.State, exports)
	}
}
