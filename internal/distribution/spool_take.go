package distribution

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// keepOutcome is how long the outcome of an export waits for a delivery that gave way meanwhile.
const keepOutcome = 10 * time.Minute

// filling is an export that runs, or one that has ended and whose outcome nobody has fetched yet.
type filling struct {
	appID string
	began time.Time
	done  chan struct{} // closed when it has ended; what follows is set then

	ended    time.Time
	held     *Held // until the first who waits takes it
	version  site.DataVersion
	err      error
	panicked any
}

// unfinished says that an export still runs.
type unfinished struct{ since time.Duration }

// Error implements error.
func (u *unfinished) Error() string {
	return fmt.Sprintf("the site writes the file of the app; that takes %s so far", age(u.since))
}

// wait is how long to leave an export alone: the longer it takes, the longer.
func (u *unfinished) wait() time.Duration {
	return min(max(u.since/10, time.Second), time.Minute)
}

// age gives a time in the words of the pages, in minutes where seconds say nothing.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// Take gives the file of an app's data version, exporting it when the spool does not have it. When the app has moved on, the export is
// newer: Held.Version tells. Only one export of a key runs at a time, and the others wait for it; with *unfinished the wait was too
// long, and the export goes on for the next who takes the key.
func (s *Spool) Take(ctx context.Context, appID string, v site.DataVersion, export func(context.Context) (Export, error)) (*Held, error) {
	key := spoolKey(appID, v)
	for {
		held, f := s.reuse(appID, v, export)
		if held != nil {
			return held, s.touch(ctx, key, held)
		}
		if err := s.await(ctx, f); err != nil {
			return nil, err
		}
		if held, err := s.outcome(key, f); held != nil || err != nil {
			return held, err
		}
	}
}

// reuse gives the entry when it is there, or else the export to wait for: the one that runs, or one that it begins.
func (s *Spool) reuse(appID string, v site.DataVersion, export func(context.Context) (Export, error)) (*Held, *filling) {
	s.forgetOutcomes()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := spoolKey(appID, v)
	if f := s.filling[key]; f != nil {
		return nil, f
	}
	if e := s.entries[key]; e != nil && s.whole(e.SpoolEntry) {
		return s.hold(e, v), nil
	}
	f := &filling{appID: appID, began: time.Now(), done: make(chan struct{})}
	s.filling[key] = f
	if s.ctx.Err() != nil {
		f.err = errStopping()
		close(f.done)
		return nil, f
	}
	s.running.Go(func() { s.run(f, export) })
	return nil, f
}

// run exports, and keeps the outcome. A panic is that of whoever waits, as if the export were its own.
func (s *Spool) run(f *filling, export func(context.Context) (Export, error)) {
	defer func() {
		f.panicked, f.ended = recover(), time.Now()
		close(f.done)
	}()
	ctx, breakOff := context.WithCancelCause(s.ctx)
	defer breakOff(nil)
	s.running.Go(func() { s.mind(ctx, breakOff, f.appID) })
	f.held, f.err = s.fill(ctx, f.appID, export)
	switch {
	case f.held != nil:
		f.version = f.held.Version
	case s.ctx.Err() != nil:
		f.err = errStopping()
	case errors.Is(context.Cause(ctx), errUnwanted):
		f.err = exportError{&NotNow{Why: "The export was broken off, because no delivery wanted it any more. It begins anew.", Wait: time.Second}}
	}
}

// errUnwanted is why an export ends before its time while the console goes on.
var errUnwanted = errors.New("no delivery wants the export any more")

// mind breaks an export off when no delivery wants it any more: all were cancelled, say. The site's engine is shared with people, and
// other apps wait for its place.
func (s *Spool) mind(ctx context.Context, breakOff context.CancelCauseFunc, appID string) {
	ticker := time.NewTicker(s.Ask)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		wanted, err := s.Index.ExportWanted(ctx, appID)
		switch {
		case err != nil && ctx.Err() == nil:
			s.Log.WarnContext(ctx, "whether an export is still wanted is not known; it goes on", "app", appID, "error", err)
		case err == nil && !wanted:
			breakOff(errUnwanted)
		}
	}
}

func errStopping() error {
	return exportError{&NotNow{Why: "The console was stopped while the app was exported. It is exported anew.", Wait: time.Second}}
}

// await waits until the export has ended, but not for too long.
func (s *Spool) await(ctx context.Context, f *filling) error {
	timer := time.NewTimer(max(0, s.Patience-time.Since(f.began)))
	defer timer.Stop()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	select {
	case <-f.done:
		return nil
	default:
		return &unfinished{time.Since(f.began)}
	}
}

// outcome gives what an export came to. The first who asks gets the file that was held for it, others hold it themselves; nothing at
// all says that it is gone already. What came out as another version stays known for a while, for those who come later and ask for
// the old one: that is not to be had any more, and the site would only write the same file again.
func (s *Spool) outcome(key string, f *filling) (*Held, error) {
	s.mu.Lock()
	held := f.held
	f.held = nil
	became := spoolKey(f.appID, f.version)
	if f.panicked != nil || f.err != nil || became == key {
		s.dropOutcome(key, f)
	}
	s.mu.Unlock()
	switch {
	case f.panicked != nil:
		panic(f.panicked)
	case f.err != nil:
		return nil, f.err
	case held != nil:
		return held, nil
	}
	if held = s.have(became, f.version); held == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dropOutcome(key, f)
	}
	return held, nil
}

// dropOutcome makes the next who takes the key export anew; the caller has the lock.
func (s *Spool) dropOutcome(key string, f *filling) {
	if s.filling[key] == f {
		delete(s.filling, key)
	}
}

// forgetOutcomes drops what nobody fetched: deliveries were cancelled meanwhile. A file stays in the spool, as others do.
func (s *Spool) forgetOutcomes() {
	s.mu.Lock()
	var unfetched []*Held
	for key, f := range s.filling {
		select {
		case <-f.done:
			if time.Since(f.ended) > keepOutcome {
				unfetched = append(unfetched, f.held)
				delete(s.filling, key)
			}
		default:
		}
	}
	s.mu.Unlock()
	for _, held := range unfetched {
		held.Release()
	}
}

// Close breaks off the exports that run, and waits for their end. Whoever waits for one hears a *NotNow.
func (s *Spool) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.running.Wait()
}
