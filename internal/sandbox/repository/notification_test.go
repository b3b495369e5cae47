package repository

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

type heard struct {
	ChangeType        int
	ObjectType        string
	ObjectID          string
	ChangedProperties []string
	SchemaPath        string
	ID                *string
}

// listener is a client that wants to hear.
type listener struct {
	*httptest.Server
	posts chan []heard
}

func newListener(t *testing.T) listener {
	l := listener{posts: make(chan []heard, 100)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var events []heard
		if err := json.NewDecoder(r.Body).Decode(&events); err != nil {
			t.Error(err)
		}
		l.posts <- events
	}))
	t.Cleanup(l.Close)
	return l
}

func (l listener) next(t *testing.T) heard {
	t.Helper()
	select {
	case events := <-l.posts:
		return events[0]
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was heard")
		return heard{}
	}
}

func (f *fixture) subscribe(query, uri string) string {
	f.t.Helper()
	text, err := json.Marshal(uri)
	good(f.t, err)
	return f.call("POST", "/qrs/notification?"+query, string(text)).want(201).object()["value"].(string)
}

func (f *fixture) rename(from, to string) {
	f.t.Helper()
	app := f.app(from)
	app["name"] = to
	f.put(app).want(200)
}

// TestCallbackAddressesAreInNoLog lets a callback fail: who subscribed keeps others from calling by an address that nobody guesses.
func TestCallbackAddressesAreInNoLog(t *testing.T) {
	var told bytes.Buffer
	n := &subscription{uri: "http://127.0.0.1:1/notify/SECRET", host: "127.0.0.1:1"}
	l := newSubscriptions(slog.New(slog.NewTextHandler(&told, nil)), faults.New(time.Now), &history{now: time.Now})
	l.send(t.Context(), n, []event{{}})
	l.close()
	if text := told.String(); !strings.Contains(text, "127.0.0.1:1") || strings.Contains(text, "SECRET") {
		t.Errorf("the log has: %s", text)
	}
}

func TestNotifications(t *testing.T) {
	f, l := newFixture(t), newListener(t)
	handle := f.subscribe("name=app&changeType=update&propretyName=x", l.URL+"/secret")
	published := newListener(t)
	f.subscribe("name=App&changetype=2&propertyName=PublishTime&filter="+url.QueryEscape("stream.name eq 'Sales'"), published.URL)
	id := f.id("app", "Headcount plan")
	f.rename("Welcome", "Hello")
	if e := l.next(t); e.ChangeType != 2 || e.ObjectType != "App" || e.SchemaPath != "ExternalChangeInfo" || e.ID != nil ||
		!slices.Equal(e.ChangedProperties, []string{"modifiedByUserName", "modifiedDate", "name"}) {
		t.Errorf("rename: %+v", e)
	}
	f.call("PUT", "/qrs/app/"+id+"/publish?stream="+f.id("stream", "Sales"), "").want(200)
	if e := published.next(t); e.ObjectID != id || !slices.Contains(e.ChangedProperties, "published") {
		t.Errorf("publish: %+v", e)
	}
	l.next(t)
	f.call("DELETE", "/qrs/notification?handle="+handle, "").want(204)
	f.call("DELETE", "/qrs/notification?handle="+handle, "").want(404)
	f.rename("Hello", "Welcome")
	deletes := newListener(t) // a filter is ignored for deletes
	f.subscribe("name=app&changetype=delete&filter="+url.QueryEscape("name eq 'x'"), deletes.URL)
	f.call("DELETE", "/qrs/app/"+id, "").want(204)
	if e := deletes.next(t); e.ChangeType != 3 || e.ObjectID != id {
		t.Errorf("delete: %+v", e)
	}
	if len(l.posts) != 0 {
		t.Error("heard after the subscription was removed")
	}
	f.call("POST", "/qrs/notification?name=Nothing", `"http://127.0.0.1/x"`).want(400)
	f.call("POST", "/qrs/notification?name=App", `"ftp://127.0.0.1/x"`).want(400)
}

func TestChanges(t *testing.T) {
	f := newFixture(t)
	since := time.Now().UTC().Format("2006-01-02T15:04:05.000")
	f.rename("Welcome", "Hello")
	gone := f.id("app", "Store traffic")
	f.call("DELETE", "/qrs/app/"+gone, "").want(204)
	list := f.call("GET", "/qrs/notification/changes?types=App,Stream&since="+since, "").want(200).list()
	if len(list) != 2 || list[0]["object"].(map[string]any)["name"] != "Hello" || list[1]["object"] != nil || list[1]["changeType"] != 3.0 || list[1]["id"] != gone {
		t.Errorf("changes: %v", list)
	}
	f.call("GET", "/qrs/notification/changes?types=App", "").want(400)
}

func TestCallbackFaults(t *testing.T) {
	f, l := newFixture(t), newListener(t)
	f.subscribe("name=app", l.URL)
	lay := func(kind faults.Kind) {
		_, err := f.s.Faults().Add(faults.Fault{Kind: kind, Calls: 1})
		good(t, err)
	}
	name := "Welcome"
	step := func(to string) { f.rename(name, to); name = to }
	lay(faults.CallbacksDoubled)
	step("one")
	l.next(t)
	l.next(t)
	lay(faults.CallbacksLost)
	step("two")
	for f.s.Faults().All()[1].Active { // until it was lost
		time.Sleep(time.Millisecond)
	}
	lay(faults.CallbacksDisordered)
	step("three")
	for f.s.Faults().All()[2].Active {
		time.Sleep(time.Millisecond)
	}
	gone := f.id("app", "Store traffic")
	f.call("DELETE", "/qrs/app/"+gone, "").want(204)
	if first, second := l.next(t), l.next(t); first.ChangeType != 3 || second.ChangeType != 2 {
		t.Errorf("order: %+v %+v", first, second)
	}
	f.s.Restart()
	step("four")
	if f.s.told.count() != 0 || len(l.posts) != 0 {
		t.Error("a subscription survived the restart")
	}
}

// TestEqualSubscriptions: two, or one where the switch says so; nobody knows what a real site does.
func TestEqualSubscriptions(t *testing.T) {
	f, l := newFixture(t), newListener(t)
	if f.subscribe("name=App", l.URL) == f.subscribe("name=App", l.URL) || f.s.told.count() != 2 {
		t.Error("equal subscriptions are one")
	}
	f.own("POST", "/faults", `{"kind":"equal-subscriptions-are-one"}`).want(201)
	first := f.subscribe("name=stream&changetype=Update", l.URL)
	if f.subscribe("Name=Stream&changeType=2", l.URL) != first || f.s.told.count() != 3 {
		t.Error("equal subscriptions are two")
	}
	if f.subscribe("name=Stream", l.URL) == first || f.subscribe("name=Stream&changetype=2", l.URL+"/other") == first {
		t.Error("other subscriptions are one")
	}
}
