package crash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

const (
	workers = 2
	settled = 90 * time.Second // how long the work that the last kill interrupted may take
)

// TestKill kills the console SKYFERRY_KILLS times (25) by kill -9, and now and then the tenant, while two people work.
// SKYFERRY_SEED repeats the same dice; the moments still depend on the machine.
func TestKill(t *testing.T) {
	seed := number(t, "SKYFERRY_SEED", uint64(time.Now().UnixNano()))
	kills := int(number(t, "SKYFERRY_KILLS", 25))
	t.Logf("SKYFERRY_SEED=%d", seed)
	w := newWorld(t)
	first := w.browser()
	w.setUp(first)
	people, stop := w.people(seed)
	w.kill(kills, newDice(seed, 0))
	stop()
	for _, p := range people {
		t.Logf("worker %d: %d apps, %d acts acknowledged, %d without an answer", p.number, len(p.apps), p.done, p.open)
		for _, err := range p.faults {
			t.Errorf("worker %d: %v", p.number, err)
		}
	}
	w.judge(first, people)
}

// people begin to work; stop ends that and waits for them.
func (w *world) people(seed uint64) (people []*worker, stop func()) {
	end := make(chan struct{})
	var group sync.WaitGroup
	for n := range workers {
		p := &worker{number: n + 1, console: w.browser(), dice: newDice(seed, uint64(n+1)), large: 12}
		people = append(people, p)
		group.Go(func() { p.work(w.t.Context(), end) })
	}
	return people, func() { close(end); group.Wait() }
}

// kill is the storm.
func (w *world) kill(times int, d *dice) {
	for n := range times {
		time.Sleep(time.Duration(d.roll(1000)) * time.Millisecond) // the random moment
		w.serve.Kill()
		switch {
		case n%7 == 3:
			w.sandbox.Kill()
			w.startTenant()
		case n%5 == 2:
			w.killStarting(time.Duration(5+d.roll(150)) * time.Millisecond)
		}
		w.startConsole()
	}
}

// judge waits until all is as it should be, or says what is not.
func (w *world) judge(d *driver.Console, people []*worker) {
	w.t.Helper()
	started := time.Now()
	ctx, cancel := context.WithTimeout(w.t.Context(), settled)
	defer cancel()
	var err error
	for ctx.Err() == nil {
		if err = w.check(ctx, d, people); err == nil {
			w.t.Logf("all is well %s after the last start", time.Since(started).Round(time.Millisecond))
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(250 * time.Millisecond):
		}
	}
	w.t.Fatalf("after %s:\n%v\nlog of the console:\n%s", settled, w.check(w.t.Context(), d, people), tail(w.serve.Log()))
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

// check compares the tenant and the status page with what people know.
func (w *world) check(ctx context.Context, d *driver.Console, people []*worker) error {
	inTenant, err := w.admin.Apps(ctx)
	if err != nil {
		return err
	}
	states, err := statesOf(ctx, d)
	if err != nil {
		return err
	}
	counts, err := d.Counts(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, tab := range []string{"Needs attention", "In progress", "Waiting"} {
		if counts[tab] != 0 {
			faults = append(faults, fmt.Errorf("%d rows on the tab %s", counts[tab], tab))
		}
	}
	expected := 0
	for _, p := range people {
		for _, a := range p.apps {
			copies := slices.DeleteFunc(slices.Clone(inTenant), func(in driver.App) bool { return in.Name != a.name })
			if a.stream != "" && a.stream != private {
				expected++
				faults = append(faults, w.arrived(ctx, a, copies, states[a.name]))
			} else if len(copies) > 0 || states[a.name] != "" {
				faults = append(faults, fmt.Errorf("%s was published to %q only and is in the tenant: %v, %s", a.name, a.stream, copies, states[a.name]))
			}
		}
	}
	if len(inTenant) != expected {
		faults = append(faults, fmt.Errorf("%d apps in the tenant, not %d", len(inTenant), expected))
	}
	return errors.Join(faults...)
}

// statesOf gives the state of each app on the status page.
func statesOf(ctx context.Context, d *driver.Console) (map[string]string, error) {
	rows, err := d.Status(ctx, "all")
	states := map[string]string{}
	for _, r := range rows {
		states[r.App] = r.State
	}
	return states, err
}

// arrived says what is wrong with an app that is to be in the tenant.
func (w *world) arrived(ctx context.Context, a *app, copies []driver.App, state string) error {
	if len(copies) != 1 {
		return fmt.Errorf("%s is %d times in the tenant (%s on the status page)", a.name, len(copies), state)
	}
	sum, err := w.admin.ContentSHA256(ctx, copies[0].ID)
	if err != nil {
		return err
	}
	if sum != a.sum {
		return fmt.Errorf("%s has other bytes in the tenant: %s, not %s (%s on the status page)", a.name, sum, a.sum, state)
	}
	if state != "Distributed" {
		return fmt.Errorf("%s is %q on the status page", a.name, state)
	}
	return nil
}
