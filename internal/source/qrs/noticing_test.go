package qrs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

func TestTheFirstSweepTakesEverythingAndMakesOneEvent(t *testing.T) {
	w := newWorld(t).start()
	if names := w.store.names(); names != "Cash flow forecast, Group P&L, Headcount plan, Pipeline by region, Sales overview, Store traffic, Welcome" {
		t.Errorf("taken: %s", names)
	}
	if w.store.taken != 1 || len(w.store.events) > 0 {
		t.Errorf("%d ends of a first sweep, events %v", w.store.taken, w.store.events)
	}
	p := w.connector.Picture()
	if len(w.store.streams) != 4 || len(w.store.properties) != 2 || len(w.store.owners) != 4 || p.Apps != 7 || p.Calls < 6 || p.Product == "" || !p.Callbacks {
		t.Errorf("streams %v, properties %v, owners %v, picture %+v", w.store.streams, w.store.properties, w.store.owners, p)
	}
}

// TestWhatHappensIsNoticed does everything that the hub can do with an app, by callbacks and by looks alone.
func TestWhatHappensIsNoticed(t *testing.T) {
	for name, by := range map[string]struct {
		callbacks bool
		fault     faults.Kind
	}{"by callbacks": {true, ""}, "by looks": {false, ""}, "callbacks lost": {true, faults.CallbacksLost},
		"callbacks doubled": {true, faults.CallbacksDoubled}, "callbacks disordered": {true, faults.CallbacksDisordered}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if !by.callbacks {
				w.connection.Callback = ""
			}
			if by.callbacks && by.fault == "" {
				w.connection.Look = time.Hour
			}
			if by.fault != "" {
				w.fault(faults.Fault{Kind: by.fault, ForSeconds: 600})
			}
			w.start()
			apps := w.apps()
			plan, welcome := apps["Headcount plan"], apps["Welcome"]
			for _, step := range []struct {
				verb, want string
				body       any
			}{
				{"publish", "Headcount plan: published", map[string]string{"stream": "HR"}},
				{"move", "Headcount plan: moved", map[string]string{"stream": "Finance"}},
				{"reload", "Headcount plan: reloaded", nil},
				{"replace", "Headcount plan: replaced", map[string]string{"source": welcome}},
				{"rename", "Plan: changed", map[string]string{"name": "Plan"}},
				{"owner", "Plan: changed", map[string]string{"owner": `ACME\mruiz`}},
				{"properties", "Plan: changed", map[string][]string{"Cloud": {"eu", "us"}}},
				{"unpublish", "Plan: unpublished", nil},
				{"publish", "Plan: published", map[string]string{"stream": "HR"}},
			} {
				w.do(plan, step.verb, step.body)
				w.until(step.verb, func() bool { return w.store.has(step.want) })
				if got := w.store.happened(); len(got) != 1 {
					t.Errorf("%s makes %v", step.verb, got)
				}
			}
		})
	}
}

func TestADeletedAppIsNoticed(t *testing.T) {
	w := newWorld(t).start()
	w.do(w.apps()["Welcome"], "delete", nil)
	w.until("the deletion", func() bool { return w.store.has("Welcome: deleted") })
	if got := w.store.happened(); !slices.Equal(got, []string{"Welcome: deleted"}) {
		t.Errorf("%v", got)
	}
}
