package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

// nextKey is a key without the work of a real one.
func nextKey(w *world, deploymentID string) (deployment.SigningKey, error) {
	draft, private := testDraft(start)
	draft.Key.Certificate = "certificate of " + draft.Key.ID
	key := deployment.SigningKey{Key: draft.Key, PrivatePEM: private}
	return key, w.AddNextKey(w.ctx, deploymentID, uuid.NewString(), key)
}

func testNextKeyTakesOver(t *testing.T, w *world) {
	d := w.deployment("eu", "https://eu.example")
	_, err := w.NextKey(w.ctx, d.ID)
	refused(t, err, fault.NotFound, "")
	next := must(nextKey(w, d.ID))(t)
	_, err = nextKey(w, d.ID)
	refused(t, err, fault.Conflict, "")
	now := w.load(d.ID)
	if now.Next == nil || *now.Next != next.Key || *now.Key != *d.Key || now.Version != d.Version {
		t.Errorf("with a next key: %+v, next %+v", now.Key, now.Next)
	}
	if got := must(w.NextKey(w.ctx, d.ID))(t); got.PrivatePEM.Reveal() != privateHalf || got.Key != next.Key {
		t.Errorf("next key %+v", got.Key)
	}
	refused(t, w.PromoteKey(w.ctx, d.ID, "another"), fault.Conflict, "")
	for range 2 { // the second time nothing is left to do
		w.must(w.PromoteKey(w.ctx, d.ID, next.ID))
	}
	now = w.load(d.ID)
	if now.Next != nil || *now.Key != next.Key || must(w.SigningKey(w.ctx, d.ID))(t).ID != next.ID {
		t.Errorf("after it took over: %+v, next %+v", now.Key, now.Next)
	}
	history := must(w.History(w.ctx, "deployment", d.ID))(t)
	want := []account.Change{{Field: "Key", Before: d.Key.ID, After: next.ID}, {Field: "Next key", Before: next.ID}}
	if history[0].Action != "next key took over" || !cmp.Equal(history[0].Changes, want) || history[1].Action != "next key made" {
		t.Errorf("history %+v", history[:2])
	}
}

// testNextKeyWakes: what was refused with both keys looks again as soon as one of them is accepted.
func testNextKeyWakes(t *testing.T, f *flight) {
	draft, private := testDraft(f.moment)
	f.ok(f.CreateDraft(f.ctx, draft, private))
	ap, err := f.CreateDeployment(f.ctx, deployment.Deployment{Name: "ap", Endpoint: "https://ap.example", Audience: "a", Auth: deployment.LocalBearer}, draft.ID)
	f.ok(err)
	draft, private = testDraft(f.moment)
	next := deployment.SigningKey{Key: draft.Key, PrivatePEM: private}
	f.ok(f.AddNextKey(f.ctx, ap, uuid.NewString(), next))
	app, d := f.sent("Sales", ap)
	d.Cause, d.NextTry = distribution.TokenRefused, f.moment.Add(5*time.Minute)
	f.move(d, distribution.Retrying)
	f.ok(f.PromoteKey(f.ctx, ap, next.ID))
	if got := f.row(app, ap).Delivery; got.State != distribution.Waiting || !f.jobs.last(d.ID).at.IsZero() {
		t.Errorf("the delivery is %s until %s", got.State, got.NextTry)
	}
}

func testNextKeyIsDropped(t *testing.T, w *world) {
	d := w.deployment("eu", "https://eu.example")
	next := must(nextKey(w, d.ID))(t)
	for range 2 {
		w.must(w.DropNextKey(w.ctx, d.ID))
	}
	if now := w.load(d.ID); now.Next != nil || *now.Key != *d.Key {
		t.Errorf("%+v, next %+v", now.Key, now.Next)
	}
	refused(t, w.PromoteKey(w.ctx, d.ID, next.ID), fault.Conflict, "")
	if history := must(w.History(w.ctx, "deployment", d.ID))(t); history[0].Action != "next key dropped" || history[1].Action != "next key made" {
		t.Errorf("history %+v", history[:2])
	}
	must(nextKey(w, d.ID))(t)
	d = w.load(d.ID)
	d.Auth, d.Landing.Space, d.APIKey = deployment.APIKey, "Finance", "a-key"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	_, err := w.NextKey(w.ctx, d.ID)
	refused(t, err, fault.NotFound, "")
	_, err = nextKey(w, d.ID)
	refused(t, err, fault.Conflict, "")
}

func testAPIKeyIsKept(t *testing.T, w *world) {
	d := deployment.Deployment{Name: "eu", Endpoint: "https://eu.example", Audience: "a", Auth: deployment.APIKey, APIKey: "hush-key", Landing: deployment.Landing{Space: "Finance"}}
	d.ID = must(w.CreateDeployment(w.ctx, d, ""))(t)
	ends := start.Add(time.Hour)
	w.must(w.NoteTest(w.ctx, d.ID, ends, "Ada"))
	d = w.load(d.ID)
	if d.APIKey.Reveal() != "hush-key" || d.Person != "Ada" || !d.CertificateExpires.Equal(ends) || d.Version != 1 {
		t.Fatalf("stored %+v", d)
	}
	d.APIKey, d.Note = "", "new note"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(d.ID); d.APIKey.Reveal() != "hush-key" || d.Person != "Ada" || !d.CertificateExpires.Equal(ends) {
		t.Errorf("an empty key gave %+v", d)
	}
	d.APIKey, d.Endpoint = "", "https://evil.example"
	refused(t, w.UpdateDeployment(w.ctx, d, "", nil), fault.Invalid, "apikey")
	d = w.load(d.ID)
	d.APIKey = "louder"
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(d.ID); d.Person != "" || d.APIKey.Reveal() != "louder" {
		t.Errorf("another key still belongs to %q", d.Person)
	}
	history := must(w.History(w.ctx, "deployment", d.ID))(t)
	if want := []account.Change{{Field: "API key", Before: "(set)", After: "(changed)"}}; !cmp.Equal(history[0].Changes, want) {
		t.Error(cmp.Diff(want, history[0].Changes))
	}
	d.Auth, d.ClientID, d.ClientSecret, d.TokenEndpoint = deployment.ClientCredentials, "id", "secret", "https://eu.example/oauth/token"
	d.SecretExpires = ends
	w.must(w.UpdateDeployment(w.ctx, d, "", nil))
	if d = w.load(d.ID); d.APIKey != "" || !d.SecretExpires.Equal(ends) {
		t.Errorf("after the change to client credentials: %+v", d)
	}
}
