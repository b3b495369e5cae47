package tenant_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// turn is a client with a next key, and what became of it.
type turn struct {
	*tenant.Client

	door     *door
	old, new tenant.SigningKey
	promoted int
	fails    bool
}

func newTurn(t *testing.T) *turn {
	t.Helper()
	r := &turn{old: signingKey(t), new: signingKey(t)}
	r.new.ID, r.new.Issuer = "8b4c", "urn:skyferry:2"
	r.door = newDoor(r.old)
	server, hc := serve(t, r.door.handle), httpClient(t, loopback)
	session := func(key tenant.SigningKey) tenant.SignIn { return tenant.JWTSession(server.URL, key, hc, time.Now) }
	r.Client = tenant.New(server.URL, session(r.old), hc)
	r.TakeOver(session(r.new), func(context.Context) error {
		if r.fails {
			return errors.New("the database is gone")
		}
		r.promoted++
		return nil
	})
	return r
}

func (r *turn) call(t *testing.T) error {
	t.Helper()
	_, err := r.CreateSpace(t.Context(), "Finance", tenant.Managed, "")
	return err
}

func TestNextKeyTakesOverAtItsFirstSuccess(t *testing.T) {
	r := newTurn(t)
	if err := r.call(t); err != nil || r.promoted != 0 {
		t.Fatalf("with the old key: %v, promoted %d", err, r.promoted)
	}
	r.door.trust() // the old provider is deleted, the next one not made yet
	if err := r.call(t); tenant.CauseOf(err) != tenant.Unauthorized || r.promoted != 0 {
		t.Fatalf("with no key: %v, promoted %d", err, r.promoted)
	}
	r.door.trust(r.new)
	for range 2 {
		if err := r.call(t); err != nil || r.promoted != 1 {
			t.Fatalf("with the next key: %v, promoted %d", err, r.promoted)
		}
	}
	r.door.trust(r.old)
	if err := r.call(t); tenant.CauseOf(err) != tenant.Unauthorized {
		t.Errorf("the old key is still used: %v", err)
	}
}

func TestBothKeysKeepTheOldOne(t *testing.T) {
	r := newTurn(t)
	r.door.trust(r.old, r.new)
	for range 3 {
		if err := r.call(t); err != nil || r.promoted != 0 {
			t.Fatalf("%v, promoted %d", err, r.promoted)
		}
	}
	r.door.end() // a session that ended is opened anew with the present key
	if err := r.call(t); err != nil || r.promoted != 0 {
		t.Fatalf("%v, promoted %d", err, r.promoted)
	}
}

func TestPromotionThatCannotBeNotedIsRepeated(t *testing.T) {
	r := newTurn(t)
	r.door.trust(r.new)
	r.fails = true
	if err := r.call(t); err != nil {
		t.Fatal(err)
	}
	r.fails = false
	if err := r.call(t); err != nil || r.promoted != 1 {
		t.Errorf("%v, promoted %d", err, r.promoted)
	}
}

func TestConnectionTellsWhichKeysAreAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		trust    func(r *turn)
		state    tenant.StepState
		words    string
		promoted int
	}{
		"the present one": {func(r *turn) { r.door.trust(r.old) }, tenant.Passed, "accepts key 7f3a, and does not know the next key 8b4c yet", 0},
		"both":            {func(r *turn) { r.door.trust(r.old, r.new) }, tenant.Passed, "accepts both", 1},
		"the next one":    {func(r *turn) { r.door.trust(r.new) }, tenant.Passed, "no longer 7f3a", 1},
		"neither":         {func(r *turn) { r.door.trust() }, tenant.Failed, "neither", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTurn(t)
			c.trust(r)
			report := r.Test(t.Context(), tenant.Expected{KeyID: "7f3a", NextKeyID: "8b4c"})
			for _, s := range report.Steps {
				if s.Name == "Signing keys" && (s.State != c.state || !strings.Contains(s.Detail, c.words)) {
					t.Errorf("%+v", s)
				}
			}
			if (r.promoted > 0) != (c.promoted > 0) {
				t.Errorf("promoted %d times", r.promoted)
			}
		})
	}
}
