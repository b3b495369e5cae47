package account_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
)

func TestHashVerifies(t *testing.T) {
	t.Parallel()
	hash, err := account.Hash(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %s, %v", hash, err)
	}
	again, err := account.Hash(t.Context(), "correct horse")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same, or %v", err)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horse ": false, "": false} {
		ok, renew, err := account.Verify(t.Context(), password, hash)
		if ok != want || renew || err != nil {
			t.Errorf("%q: %v, renew %v, %v", password, ok, renew, err)
		}
	}
}

func TestDamagedHashesAreRefused(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{
		"", "hash", "$2a$10$abc", "$argon2id$v=18$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
		"$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$!$c2FsdHNhbHRzYWx0c2FsdA",
	} {
		if ok, _, err := account.Verify(t.Context(), "", hash); ok || err == nil {
			t.Errorf("%q was taken", hash)
		}
	}
}

func TestHashingWaitsItsTurnAndEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	refusals := 0
	var group sync.WaitGroup
	var mu sync.Mutex
	for range 20 { // more than have their turn at once; a turn that is free may be taken all the same
		group.Go(func() {
			if _, err := account.Hash(ctx, "x"); fault.Is(err, fault.Unavailable) {
				mu.Lock()
				refusals++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if refusals == 0 {
		t.Error("nobody was told to come back")
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.add("Anna", "correct horse")
	user, err := w.Authenticate(w.from("192.0.2.1"), " aNNA ", "correct horse")
	if err != nil || user.ID != id {
		t.Fatalf("%+v, %v", user, err)
	}
	_, wrongPassword := w.Authenticate(w.from("192.0.2.1"), "anna", "wrong")
	_, wrongName := w.Authenticate(w.from("192.0.2.1"), "nobody", "wrong")
	_, tooLong := w.Authenticate(w.from("192.0.2.1"), "anna", strings.Repeat("x", 1001))
	for _, err := range []error{wrongPassword, wrongName, tooLong} {
		if !fault.Is(err, fault.Unauthorized) || err.Error() != wrongPassword.Error() {
			t.Errorf("got %v", err)
		}
	}
	w.store.disable(id)
	if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "correct horse"); !fault.Is(err, fault.Unauthorized) || err.Error() == wrongPassword.Error() {
		t.Errorf("a disabled user got %v", err)
	}
}

// An unknown name must not be told by the time it takes. The margin is wide: without the hash it would be a thousandth.
func TestUnknownNameTakesAsLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("anna", "correct horse")
	fastest := func(name string) time.Duration {
		best := time.Hour
		for i := range 4 {
			began := time.Now()
			_, _ = w.Authenticate(w.from(fmt.Sprint("192.0.2.", i)), name, "wrong")
			best = min(best, time.Since(began))
		}
		return best
	}
	fastest("nobody") // its hash is made once
	known, unknown := fastest("anna"), fastest("somebody")
	if unknown < known/5 {
		t.Errorf("known name %v, unknown name %v", known, unknown)
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("anna", "correct horse")
	for i := range 5 {
		if _, err := w.Authenticate(w.from("2001:db8::1"), "anna", "wrong"); !fault.Is(err, fault.Unauthorized) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	_, err := w.Authenticate(w.from("2001:db8::2"), "Anna ", "correct horse") // the same network, the same name
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "15 min") {
		t.Errorf("got %v", err)
	}
	if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "correct horse"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	w.now = w.now.Add(15 * time.Minute)
	if _, err := w.Authenticate(w.from("2001:db8::1"), "anna", "correct horse"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestAttemptsWithManyNamesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("anna", "correct horse")
	long := strings.Repeat("x", 1001) // is refused without a hash, and counts
	for i := range 30 {
		if _, err := w.Authenticate(w.from("192.0.2.1"), fmt.Sprint("name", i), long); !fault.Is(err, fault.Unauthorized) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "correct horse"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestGoodSignInsAreNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("anna", "correct horse")
	for range 7 {
		if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "correct horse"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOldHashesAreRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.add("anna", "correct horse")
	w.store.hashes[id] = cheapHash(t, "correct horse")
	for range 2 {
		if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "correct horse"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(w.store.hashes[id], "m=19456,t=2") {
			t.Errorf("the hash is %s", w.store.hashes[id])
		}
	}
}

func TestNewPasswordsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, password := range []string{"", "1234567", strings.Repeat("x", 1001)} {
		if _, err := w.AddUser(t.Context(), account.User{Name: "x", Role: account.Admin}, password); fault.Of(err).Fields["password"] == "" {
			t.Errorf("%.10q: %v", password, err)
		}
		if err := w.ChangePassword(t.Context(), "x", password); fault.Of(err).Fields["password"] == "" {
			t.Errorf("%.10q: %v", password, err)
		}
	}
	id := w.add("anna", "correct horse")
	if err := w.ChangePassword(t.Context(), id, "battery staple"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(w.from("192.0.2.1"), "anna", "battery staple"); err != nil {
		t.Error(err)
	}
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, err := w.Begin(t.Context(), "")
	if err != nil || len(token) < 20 {
		t.Fatalf("token %q, %v", token, err)
	}
	if _, err := w.SetUp(t.Context(), "guess", "correct horse"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a guess gave %v", err)
	}
	if _, err := w.SetUp(t.Context(), token, "short"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short password gave %v", err)
	}
	user, err := w.SetUp(t.Context(), token, "correct horse")
	if err != nil || user.Name != "admin" || user.Role != account.Admin {
		t.Fatalf("%+v, %v", user, err)
	}
	if _, err := w.SetUp(t.Context(), token, "correct horse"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the second use gave %v", err)
	}
	if token, err := w.Begin(t.Context(), ""); token != "" || err != nil {
		t.Errorf("with a user there: token %q, %v", token, err)
	}
}

func TestSetUpLinkEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, err := w.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	if _, err := w.SetUp(t.Context(), token, "correct horse"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestFirstAdministratorByPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if token, err := w.Begin(t.Context(), "short"); token != "" || err != nil {
		t.Fatalf("token %q, %v", token, err)
	}
	if _, err := w.Authenticate(w.from("192.0.2.1"), "admin", "short"); err != nil {
		t.Error(err)
	}
}
