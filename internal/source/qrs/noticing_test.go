package qrs_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

func TestTheFirstSweepTakesEverythingAndMakesOneEvent(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	w.start()
	defer func() {
		if w.end(); strings.Contains(log.String(), "noticed at the site") { // a large site would fill the log
			t.Errorf("the log has: %s", log.String())
		}
	}()
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

// subscriptions is how many the site has.
func (w *world) subscriptions() int {
	w.Helper()
	var answer struct{ Count int }
	w.call(http.MethodGet, "/subscriptions", nil, &answer)
	return answer.Count
}

// TestARestartOfTheRepositoryIsSurvived: subscriptions are lost without a word, and made anew.
func TestARestartOfTheRepositoryIsSurvived(t *testing.T) {
	w := newWorld(t).start()
	all := w.subscriptions()
	if all < 4 {
		t.Fatalf("%d subscriptions", all)
	}
	w.call(http.MethodPost, "/restart", nil, nil)
	id := w.apps()["Headcount plan"]
	w.do(id, "publish", map[string]string{"stream": "HR"})
	w.until("the publish, by a look", func() bool { return w.store.has("Headcount plan: published") })
	w.skewBy(6 * time.Minute)
	w.until("new subscriptions", func() bool { return w.subscriptions() == all })
	w.skewBy(6 * time.Minute)
	w.until("the old ones are ended", func() bool { return w.requests.count("DELETE", "/notification") >= 2*all && w.subscriptions() == all })
	w.end()
	if n := w.subscriptions(); n != 0 {
		t.Errorf("%d subscriptions after the end", n)
	}
}

// TestABootPhaseIsShownAndOver: while the site answers no data, nothing is deleted; afterwards all is as it was.
func TestABootPhaseIsShownAndOver(t *testing.T) {
	w := newWorld(t).start()
	all, subscriptions := w.store.names(), w.subscriptions()
	w.call(http.MethodPost, "/restart", nil, nil)
	over := w.fault(faults.Fault{Kind: faults.Boot, ForSeconds: 600})
	w.until("the trouble", func() bool { return w.connector.Picture().Trouble != "" })
	if p := w.connector.Picture(); p.TroubleSince.IsZero() || !strings.Contains(p.Trouble, "Repository Service") {
		t.Errorf("%+v", p)
	}
	over()
	w.do(w.apps()["Welcome"], "rename", map[string]string{"name": "Welcome!"})
	w.until("the rename", func() bool { return w.store.has("Welcome!: changed") })
	w.until("the end of the trouble", func() bool { return w.connector.Picture().Trouble == "" })
	if w.store.names() != all+"!" || w.subscriptions() != subscriptions {
		t.Errorf("%s, %d subscriptions", w.store.names(), w.subscriptions())
	}
}

// TestAShortRestartIsNoticedByWhatNobodyTold: no call met it, and a look finds what lost subscriptions do not tell.
func TestAShortRestartIsNoticedByWhatNobodyTold(t *testing.T) {
	w := newWorld(t).start()
	all := w.subscriptions()
	w.skewBy(2 * time.Minute) // the subscriptions are not young, and far from their renewal
	w.call(http.MethodPost, "/restart", nil, nil)
	w.do(w.apps()["Welcome"], "rename", map[string]string{"name": "A"})
	w.until("the rename, by a look", func() bool { return w.store.has("A: changed") })
	w.until("new subscriptions", func() bool { return w.subscriptions() == all })
	if p := w.connector.Picture(); !p.Callbacks || p.WhyPolling != "" {
		t.Errorf("%+v", p)
	}
}

// booting is a site that comes back between a subscription and a reading.
type booting struct {
	*api.Client
	down atomic.Bool
}

func (b *booting) Subscribe(ctx context.Context, typeName, callback string) (string, error) {
	if b.down.CompareAndSwap(true, false) {
		return "", &api.Error{Kind: api.Booting, Said: "The repository is not ready.", Remedy: "It is asked again."}
	}
	return b.Client.Subscribe(ctx, typeName, callback)
}

// TestSubscriptionsThatABootingSiteRefusedAreMadeSoon: the readings after them go well, so that nothing else asks for them.
func TestSubscriptionsThatABootingSiteRefusedAreMadeSoon(t *testing.T) {
	w := newWorld(t)
	w.wrap = func(c *api.Client) qrs.Client {
		b := &booting{Client: c}
		b.down.Store(true)
		return b
	}
	w.start()
	w.until("subscriptions", func() bool {
		p := w.connector.Picture()
		return p.Callbacks && p.WhyPolling == "" && w.subscriptions() >= 4
	})
}

// TestWhatIsOutOfReachTellsNothing: a site that does not answer may have lost the subscriptions, and nothing else is said meanwhile.
func TestWhatIsOutOfReachTellsNothing(t *testing.T) {
	w := newWorld(t).start()
	over := w.fault(faults.Fault{Kind: faults.Boot, ForSeconds: 600})
	w.until("the trouble", func() bool { return w.connector.Picture().Trouble != "" })
	if p := w.connector.Picture(); p.Callbacks || p.WhyPolling == "" {
		t.Errorf("callbacks of a site that does not answer: %+v", p)
	}
	over()
	w.until("callbacks", func() bool { p := w.connector.Picture(); return p.Callbacks && p.WhyPolling == "" && p.Trouble == "" })
}

// TestForgedCallbacksDoNothing: wrong paths, bodies that are huge, no JSON, or lies.
func TestForgedCallbacksDoNothing(t *testing.T) {
	w := newWorld(t)
	w.connection.Look = time.Hour
	w.start()
	path := w.callbacks()[0]
	id := w.apps()["Welcome"]
	lie := `[{"changeType":3,"objectType":"App","objectID":"` + id + `"},{"objectType":"App","objectID":"../../x"},{"objectType":"App","objectID":"` + uuid.NewString() + `"},{"objectType":7}]`
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"another path": {w.connection.Callback + qrs.CallbackPath + "x", "[]", 404}, "no token": {w.connection.Callback + qrs.CallbackPath, "[]", 404},
		"a lie": {path, lie, 204}, "no JSON": {path, "<html>", 204}, "no list": {path, `{"a":1}`, 204}, "empty": {path, "", 204}, "null": {path, "[null,null]", 204},
		"huge": {path, "[" + strings.Repeat(" ", 10<<20) + "]", 413}, "many": {path, "[" + strings.Repeat(`{"objectType":"App","objectID":"`+uuid.NewString()+`"},`, 5000) + "{}]", 204},
	} {
		a, err := http.Post(c.path, "application/json", strings.NewReader(c.body))
		if err == nil {
			a.Body.Close()
		}
		if err == nil && a.StatusCode != c.status || err != nil && c.status != 413 { // a server may hang up on a huge body
			t.Errorf("%s: %v %v", name, a, err)
		}
	}
	w.do(id, "rename", map[string]string{"name": "Welcome!"})
	w.until("the rename", func() bool { return w.store.has("Welcome!: changed") })
	if got := w.store.happened(); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// callbacks are the addresses that the site was given.
func (w *world) callbacks() (all []string) {
	w.requests.mu.Lock()
	defer w.requests.mu.Unlock()
	return slices.Clone(w.requests.addresses)
}

// TestAClockThatWasWrongHidesNothing: dates of the future must not keep looks from what changes afterwards.
func TestAClockThatWasWrongHidesNothing(t *testing.T) {
	for name, seconds := range map[string]float64{"ahead": 7200, "behind": -7200} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.connection.Callback = ""
			undo := w.fault(faults.Fault{Kind: faults.ClockSkew, Seconds: seconds, ForSeconds: 600})
			w.start()
			apps := w.apps()
			w.do(apps["Welcome"], "rename", map[string]string{"name": "A"})
			w.until("the first change", func() bool { return w.store.has("A: changed") })
			undo()
			w.do(apps["Sales overview"], "rename", map[string]string{"name": "B"})
			w.until("the second change", func() bool { return w.store.has("B: changed") })
		})
	}
}

func TestThingsAroundAppsAreNoticed(t *testing.T) {
	w := newWorld(t)
	w.connection.Look = time.Hour
	w.start()
	w.qrs(http.MethodPost, "stream", map[string]any{"name": "Board"})
	w.until("the new stream", func() bool { return w.store.streamID("Board") != "" })
	w.qrs(http.MethodDelete, "stream/"+w.store.streamID("Board"), nil)
	w.until("the end of the stream", func() bool { return w.store.streamID("Board") == "" })
	w.qrs(http.MethodPost, "custompropertydefinition", map[string]any{"name": "Level", "valueType": "Text", "choiceValues": []string{"1"}, "objectTypes": []string{"App"}})
	w.until("the new definition", func() bool {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		return slices.ContainsFunc(w.store.properties, func(p site.Property) bool { return p.Name == "Level" })
	})
}

// TestCallbacksThatNeverArriveAreNoticed: the site takes the subscriptions and says nothing more; then it does.
func TestCallbacksThatNeverArriveAreNoticed(t *testing.T) {
	w := newWorld(t)
	undo := w.fault(faults.Fault{Kind: faults.CallbacksLost, ForSeconds: 600})
	w.start()
	id, subscriptions := w.apps()["Welcome"], w.subscriptions()
	for _, name := range []string{"A", "B", "C", "D"} {
		w.do(id, "rename", map[string]string{"name": name})
		w.until(name, func() bool { return w.store.has(name + ": changed") })
	}
	w.until("the notice", func() bool { return !w.connector.Picture().Callbacks })
	if why := w.connector.Picture().WhyPolling; !strings.Contains(why, w.connection.Callback) {
		t.Error(why)
	}
	w.skewBy(6 * time.Minute)
	w.until("new subscriptions", func() bool { return w.requests.count("POST", "/notification") >= 2*subscriptions }) // that for apps, the first, is there
	undo()
	w.do(id, "rename", map[string]string{"name": "E"})
	w.until("the end of the notice", func() bool { return w.connector.Picture().Callbacks && w.connector.Picture().WhyPolling == "" })
}

// TestWhatAKilledConsoleLeftIsEnded: the next start ends the subscriptions that it knows of.
func TestWhatAKilledConsoleLeftIsEnded(t *testing.T) {
	w := newWorld(t)
	killed, err := api.New(w.connection, api.Options{})
	w.good(err)
	defer killed.Close()
	for range 3 {
		handle, err := killed.Subscribe(t.Context(), "App", "http://127.0.0.1:1/site/notify/gone")
		w.good(err)
		w.store.handles = append(w.store.handles, handle)
	}
	w.start()
	if all := w.subscriptions(); all != len(w.requests.addresses)-3 || w.requests.count("DELETE", "/notification") != 3 {
		t.Errorf("%d subscriptions", all)
	}
	w.end()
	if n := len(w.store.handles); n != 0 || w.subscriptions() != 0 {
		t.Errorf("%d handles after a stop", n)
	}
}

// subscribing is a client that tells before it subscribes.
type subscribing struct {
	*api.Client

	before func(typeName string)
}

func (s subscribing) Subscribe(ctx context.Context, typeName, callback string) (string, error) {
	s.before(typeName)
	return s.Client.Subscribe(ctx, typeName, callback)
}

// TestASubscriptionIsKeptAsSoonAsItIsMade: a console that is killed before the next one leaves none that nobody knows.
func TestASubscriptionIsKeptAsSoonAsItIsMade(t *testing.T) {
	w := newWorld(t)
	kept := -1
	w.wrap = func(c *api.Client) qrs.Client {
		return subscribing{c, func(typeName string) {
			if handles, _ := w.store.SiteHandles(t.Context()); typeName == "SystemRule" {
				kept = len(handles)
			}
		}}
	}
	w.start()
	if w.end(); kept != 4 {
		t.Errorf("%d subscriptions are known before the fifth is made", kept)
	}
}
