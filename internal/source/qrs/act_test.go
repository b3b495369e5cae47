package qrs_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// acting is a world whose console may act, as a user who may change apps.
func acting(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.connection.Acting, w.connection.UserDirectory, w.connection.UserID = true, "ACME", "mruiz"
	return w.start()
}

// by is the context of somebody's request.
func (w *world) by(name string) context.Context {
	return account.WithActor(w.Context(), account.Actor{Name: name})
}

// shown is an app as the console knows it.
func (w *world) shown(name string) site.App {
	w.Helper()
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for _, a := range w.store.apps {
		if a.Name == name {
			return a
		}
	}
	w.Fatalf("there is no app %s", name)
	return site.App{}
}

func (w *world) stream(name string) site.Stream {
	w.Helper()
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	i := slices.IndexFunc(w.store.streams, func(s site.Stream) bool { return s.Name == name })
	if i < 0 {
		w.Fatalf("there is no stream %s", name)
	}
	return w.store.streams[i]
}

// atSite is what the site itself says of an app.
func (w *world) atSite(name string) site.App {
	w.Helper()
	a, err := w.client.App(w.Context(), w.apps()[name])
	w.good(err)
	return a.Site()
}

func (w *world) asked() []string {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	return slices.Clone(w.store.asked)
}

func (w *world) stale(err error) []site.Difference {
	w.Helper()
	stale, ok := errors.AsType[*site.Stale](err)
	if !ok {
		w.Fatalf("%v", err)
	}
	return stale.Differs
}

func TestAnAppIsPublishedMovedAndGivenValues(t *testing.T) {
	w := acting(t)
	w.good(w.connector.Publish(w.by("ana"), w.shown("Headcount plan"), w.stream("HR")))
	if a := w.shown("Headcount plan"); !a.Published() || a.Stream.Name != "HR" || w.atSite("Headcount plan").Stream.Name != "HR" {
		t.Errorf("published: %+v", a)
	}
	w.good(w.connector.Move(w.by("ana"), w.shown("Headcount plan"), w.stream("Finance")))
	if a := w.shown("Headcount plan"); a.Stream.Name != "Finance" {
		t.Errorf("moved: %+v", a.Stream)
	}
	w.good(w.connector.SetProperties(w.by("bert"), w.shown("Headcount plan"), map[string][]string{"Cloud": {"us", "eu"}, "Region": {"EMEA"}}))
	want := map[string][]string{"Cloud": {"eu", "us"}, "Region": {"EMEA"}}
	if diff := cmp.Diff(want, w.shown("Headcount plan").Properties); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	w.good(w.connector.SetProperties(w.by("bert"), w.shown("Headcount plan"), map[string][]string{"Region": {"EMEA"}}))
	if diff := cmp.Diff(map[string][]string{"Region": {"EMEA"}}, w.atSite("Headcount plan").Properties); diff != "" {
		t.Errorf("at the site (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ana: publish Headcount plan", "ana: move Headcount plan", "bert: change custom properties of Headcount plan", "bert: change custom properties of Headcount plan"}, w.asked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	w.good(w.connector.SetProperties(w.by("bert"), w.shown("Headcount plan"), map[string][]string{"Region": {"EMEA"}}))
	if n := len(w.asked()); n != 4 {
		t.Error("the site was asked for nothing")
	}
}

func TestWhatSomebodyElseChangedMeanwhileIsTold(t *testing.T) {
	w := acting(t)
	shown := w.shown("Cash flow forecast") // in Finance, Cloud eu
	w.do(shown.ID, "properties", map[string][]string{"Cloud": {"us"}})
	w.do(shown.ID, "move", map[string]string{"stream": "HR"})
	err := w.connector.SetProperties(w.by("ana"), shown, map[string][]string{"Cloud": {"eu", "us"}})
	if diff := cmp.Diff([]site.Difference{{Field: "Stream", Ours: "Finance", Theirs: "HR"}, {Field: "Cloud", Ours: "eu, us", Theirs: "us"}}, w.stale(err)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	err = w.connector.Move(w.by("ana"), shown, w.stream("Sales"))
	if diff := cmp.Diff([]site.Difference{{Field: "Stream", Ours: "Sales", Theirs: "HR"}, {Field: "Cloud", Ours: "eu", Theirs: "us"}}, w.stale(err)); diff != "" {
		t.Errorf("move (-want +got):\n%s", diff)
	}
	if len(w.asked()) != 0 || w.atSite("Cash flow forecast").Stream.Name != "HR" {
		t.Errorf("asked %v", w.asked())
	}
	if a := w.shown("Cash flow forecast"); a.Stream.Name != "HR" {
		t.Errorf("the page would still show %+v", a.Stream)
	}
	// who has seen it may have it otherwise
	w.good(w.connector.Move(w.by("ana"), w.shown("Cash flow forecast"), w.stream("Sales")))
}

func TestWhatTheFormDoesNotShowIsNoConflict(t *testing.T) {
	w := acting(t)
	shown := w.shown("Cash flow forecast")
	w.do(shown.ID, "reload", nil)
	w.do(shown.ID, "owner", map[string]string{"owner": `ACME\jberg`})
	w.good(w.connector.SetProperties(w.by("ana"), shown, map[string][]string{"Cloud": {"us"}}))
	if a := w.atSite("Cash flow forecast"); a.Owner.UserID != "jberg" || a.Properties["Cloud"][0] != "us" || len(a.Tags) != 1 {
		t.Errorf("at the site: %+v", a)
	}
}

// TestTwoAdminsAtOnce lets many send the same form at once: one is done, and each other hears of it.
func TestTwoAdminsAtOnce(t *testing.T) {
	w := acting(t)
	shown := w.shown("Sales overview") // Cloud eu
	const many = 8
	results := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			want := map[string][]string{"Cloud": {"eu", "us"}}
			if i%2 == 1 {
				want = map[string][]string{"Cloud": {"us"}}
			}
			results[i] = w.connector.SetProperties(w.by("ana"), shown, want)
		})
	}
	all.Wait()
	got := strings.Join(w.atSite("Sales overview").Properties["Cloud"], ", ")
	done := 0
	for i, err := range results {
		ours := []string{"eu, us", "us"}[i%2]
		switch {
		case err == nil && ours == got: // the first, and those who wanted the same
			done++
		case err == nil:
			t.Errorf("%s was said to be done, and the site has %s", ours, got)
		default:
			if diff := cmp.Diff([]site.Difference{{Field: "Cloud", Ours: ours, Theirs: got}}, w.stale(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
	if done == 0 {
		t.Errorf("nobody got through: %v", results)
	}
}

func TestPublishingTwice(t *testing.T) {
	w := acting(t)
	shown, hr := w.shown("Headcount plan"), w.stream("HR")
	w.do(shown.ID, "publish", map[string]string{"stream": "HR"})
	w.good(w.connector.Publish(w.by("ana"), shown, hr)) // somebody else did the same
	err := w.connector.Publish(w.by("ana"), shown, w.stream("Sales"))
	if diff := cmp.Diff([]site.Difference{{Field: "Stream", Ours: "Sales", Theirs: "HR"}}, w.stale(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err = w.connector.Publish(w.by("ana"), w.shown("Headcount plan"), w.stream("Sales")); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Move it instead") {
		t.Errorf("%v", err)
	}
	if len(w.asked()) != 0 {
		t.Errorf("asked %v", w.asked())
	}
}

func TestTheSiteRefuses(t *testing.T) {
	w := newWorld(t)
	w.connection.Acting = true
	w.start() // SERVICE\skyferry reads and exports, and changes nothing
	for what, err := range map[string]error{
		"publish": w.connector.Publish(w.by("ana"), w.shown("Headcount plan"), w.stream("HR")),
		"move":    w.connector.Move(w.by("ana"), w.shown("Sales overview"), w.stream("HR")),
		"values":  w.connector.SetProperties(w.by("ana"), w.shown("Sales overview"), map[string][]string{"Cloud": {"us"}}),
	} {
		if e := fault.Of(err); e.Kind != fault.Conflict || !strings.Contains(e.Text, "Could not") || !strings.Contains(e.Text, "skyferry") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(w.asked()); n != 3 {
		t.Errorf("asked %v", w.asked())
	}
}

func TestTheSiteIsOutOfReach(t *testing.T) {
	w := acting(t)
	shown, hr := w.shown("Headcount plan"), w.stream("HR")
	undo := w.fault(faults.Fault{Kind: faults.Boot, ForSeconds: 600})
	if err := w.connector.Publish(w.by("ana"), shown, hr); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	undo()
	w.do(shown.ID, "delete", nil)
	if err := w.connector.Publish(w.by("ana"), shown, hr); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "does not answer this app any more") {
		t.Errorf("%v", err)
	}
}

// slowClient is a site that does what it is asked for, and whose answer never comes.
type slowClient struct{ *api.Client }

func (s slowClient) PublishApp(ctx context.Context, id, streamID, name string) (api.App, error) {
	if _, err := s.Client.PublishApp(ctx, id, streamID, name); err != nil {
		return api.App{}, err
	}
	<-ctx.Done()
	return api.App{}, &api.Error{Call: "publish the app", Kind: api.Interrupted, Said: "The console ended the call."}
}

func TestAnAnswerThatDoesNotCome(t *testing.T) {
	w := acting(t)
	shown, hr := w.shown("Headcount plan"), w.stream("HR")
	slow := qrs.New(qrs.Options{Connection: w.connection, Client: slowClient{w.client}, Store: w.store})
	ctx, cancel := context.WithTimeout(w.by("ana"), 2*time.Second)
	defer cancel()
	err := slow.Publish(ctx, shown, hr)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "The site has not answered in time. Whether it was done is not known.") {
		t.Errorf("%v", err)
	}
	if a := w.shown("Headcount plan"); !a.Published() { // it was read again
		t.Errorf("known: %+v", a)
	}
}

func TestActingIsOffUntilItIsSwitchedOn(t *testing.T) {
	w := newWorld(t)
	w.connection.UserDirectory, w.connection.UserID = "ACME", "mruiz"
	w.start()
	if err := w.connector.Publish(w.by("ana"), w.shown("Headcount plan"), w.stream("HR")); !fault.Is(err, fault.Forbidden) {
		t.Errorf("%v", err)
	}
	if w.atSite("Headcount plan").Published() {
		t.Error("it was published all the same")
	}
}

// TestTheSitesOwnDistributionIsSeen disables the site's rules: by a callback, and by the button.
func TestTheSitesOwnDistributionIsSeen(t *testing.T) {
	for name, callbacks := range map[string]bool{"by a callback": true, "by looking": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if !callbacks {
				w.connection.Callback = ""
			}
			w.start()
			if diff := cmp.Diff([]string{"By custom property", "Finance to eu"}, w.connector.Picture().Native); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			undo := w.fault(faults.Fault{Kind: faults.NoRights, User: w.connection.UserDirectory + `\` + w.connection.UserID, ForSeconds: 600})
			if rules, err := w.connector.Rules(t.Context()); len(rules) > 0 || err != nil {
				t.Errorf("%d rules, %v", len(rules), err)
			}
			undo()
			if len(w.connector.Picture().Native) != 2 {
				t.Error("rules that the user may not read count as disabled")
			}
			w.disableRules()
			if !callbacks {
				w.connector.Look()
			}
			w.until("the end of the site's own distribution", func() bool { return len(w.connector.Picture().Native) == 0 })
		})
	}
}

// disableRules does as somebody in the QMC does.
func (w *world) disableRules() {
	w.Helper()
	rules, err := w.client.Rules(w.Context())
	w.good(err)
	for _, r := range rules {
		if r.Actions == 1024 { // Distribute
			w.call(http.MethodPost, "/rules/"+r.ID+"/disable", nil, nil)
		}
	}
}

func TestAValueThatTheSiteDoesNotHave(t *testing.T) {
	w := acting(t)
	err := w.connector.SetProperties(w.by("ana"), w.shown("Sales overview"), map[string][]string{"Cloud": {"eu"}, "Colour": {"red"}})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "no custom property Colour") {
		t.Errorf("%v", err)
	}
}
