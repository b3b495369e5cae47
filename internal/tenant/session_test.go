package tenant_test

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/tenant"
)

// door is a tenant with a JWT identity provider, by the documented contract (qlik-cloud-api.md sections 0, 1.1 and 2.1).
type door struct {
	mu       sync.Mutex
	trusted  map[string]*rsa.PublicKey // by issuer
	seen     map[string]bool           // jti
	sessions int
	csrf     int             // tokens against forged calls that were given
	open     map[string]bool // sessions
	forged   string          // the present token against forged calls
	writes   int
	refusal  int
	now      func() time.Time
	wrong    string // what was wrong with a token, for the test
}

func newDoor(keys ...tenant.SigningKey) *door {
	d := &door{trusted: map[string]*rsa.PublicKey{}, seen: map[string]bool{}, open: map[string]bool{}, refusal: 401, now: time.Now}
	for _, key := range keys {
		d.trusted[key.Issuer] = &key.Private.PublicKey
	}
	return d
}

func (d *door) handle(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case r.URL.Path == "/login/jwt-session":
		d.login(w, r)
	case !d.knows(r):
		say(w, 401, nobody)
	case r.URL.Path == "/api/v1/csrf-token":
		d.csrf++
		d.forged = fmt.Sprintf("forged-%d", d.csrf)
		w.Header().Set("qlik-csrf-token", d.forged)
		http.SetCookie(w, &http.Cookie{Name: "_csrfToken", Value: d.forged})
		w.WriteHeader(204)
	case r.Method != http.MethodGet && (r.Header.Get("qlik-csrf-token") != d.forged || !strings.Contains(r.Header.Get("Cookie"), "_csrfToken="+d.forged)):
		say(w, 403, `{"errors":[{"code":"CSRF-TOKEN-2","title":"CSRF token mismatch"}]}`)
	case r.Method == http.MethodGet && r.Header.Get("qlik-csrf-token") != "":
		say(w, 500, `{}`)
	default:
		d.writes++
		say(w, 200, `{"id":"s1","name":"Finance","type":"managed"}`)
	}
}

func (d *door) login(w http.ResponseWriter, r *http.Request) {
	if d.wrong = d.check(r); d.wrong != "" {
		say(w, d.refusal, `{"errors":[{"code":"INTERNAL-TOKEN-1","title":"Invalid token request","status":"400"}]}`)
		return
	}
	d.sessions++
	id := fmt.Sprintf("session-%d", d.sessions)
	d.open[id] = true
	for _, name := range []string{"eas.sid", "eas.sid.sig", "_csrfToken"} {
		http.SetCookie(w, &http.Cookie{Name: name, Value: id, HttpOnly: true, Secure: true})
	}
	say(w, 200, `{}`)
}

func (d *door) knows(r *http.Request) bool {
	id, err := r.Cookie("eas.sid")
	sig, sigErr := r.Cookie("eas.sid.sig")
	return err == nil && sigErr == nil && d.open[id.Value] && sig.Value == id.Value && r.Header.Get("Authorization") == ""
}

// check holds a token against all that the documentation demands.
func (d *door) check(r *http.Request) string {
	text, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		issuer, _ := t.Claims.GetIssuer()
		if key := d.trusted[issuer]; key != nil && t.Header["kid"] != "" && t.Header["typ"] == "JWT" {
			return key, nil
		}
		return nil, fmt.Errorf("unknown issuer %q", issuer)
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("qlik.api/login/jwt-session"), jwt.WithExpirationRequired(), jwt.WithTimeFunc(d.now))
	if err != nil {
		return err.Error()
	}
	for _, name := range []string{"sub", "subType", "name", "email", "email_verified", "jti", "iat", "nbf", "exp"} {
		if claims[name] == nil {
			return "no claim " + name
		}
	}
	jti := claims["jti"].(string)
	if d.seen[jti] || claims["subType"] != "user" || claims["exp"].(float64)-claims["nbf"].(float64) > 3600 {
		return "a claim is not as documented"
	}
	d.seen[jti] = true
	return ""
}

func (d *door) end() { d.mu.Lock(); defer d.mu.Unlock(); clear(d.open) }

func (d *door) trust(keys ...tenant.SigningKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.trusted)
	clear(d.open)
	for _, key := range keys {
		d.trusted[key.Issuer] = &key.Private.PublicKey
	}
}

func (d *door) client(t *testing.T, key tenant.SigningKey, now func() time.Time) *tenant.Client {
	t.Helper()
	server := serve(t, d.handle)
	hc := httpClient(t, loopback)
	return tenant.New(server.URL, tenant.JWTSession(server.URL+"/", key, hc, now), hc)
}

func TestJWTSession(t *testing.T) {
	key := signingKey(t)
	d := newDoor(key)
	c := d.client(t, key, time.Now)
	for range 3 {
		if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
			t.Fatalf("%v (%s)", err, d.wrong)
		}
		if _, err := c.Space(t.Context(), "s1"); err != nil {
			t.Fatal(err)
		}
	}
	if d.sessions != 1 || d.csrf != 1 {
		t.Errorf("%d sessions and %d CSRF tokens for 6 calls", d.sessions, d.csrf)
	}
	d.end()
	if _, err := c.Space(t.Context(), "s1"); err != nil || d.sessions != 2 {
		t.Errorf("after the session ended: %v, %d sessions", err, d.sessions)
	}
}

func TestJWTSessionIsRenewedBeforeItEnds(t *testing.T) {
	key, at := signingKey(t), newClock()
	d := newDoor(key)
	d.now = at.now
	c := d.client(t, key, at.now)
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 1}, {24 * time.Minute, 1}, {time.Minute, 2}, {time.Hour, 3}} {
		at.move(step.wait)
		if _, err := c.Space(t.Context(), "s1"); err != nil || d.sessions != step.want {
			t.Fatalf("after %s more: %d sessions, want %d: %v (%s)", step.wait, d.sessions, step.want, err, d.wrong)
		}
	}
}

// Only the token is asked for again; the session stays.
func TestJWTSessionRefetchesTheCSRFTokenOnce(t *testing.T) {
	key := signingKey(t)
	d := newDoor(key)
	c := d.client(t, key, time.Now)
	if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
		t.Fatal(err)
	}
	d.forged = "another"
	if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
		t.Fatal(err)
	}
	if d.sessions != 1 || d.csrf != 2 || d.writes != 2 {
		t.Errorf("%d sessions, %d CSRF tokens, %d writes", d.sessions, d.csrf, d.writes)
	}
}

func TestJWTSessionThatIsRefused(t *testing.T) {
	key := signingKey(t)
	for _, status := range []int{400, 401, 403} {
		d := newDoor()
		d.refusal = status
		_, err := d.client(t, key, time.Now).Space(t.Context(), "s1")
		if tenant.CauseOf(err) != tenant.Unauthorized || !strings.Contains(err.Error(), "INTERNAL-TOKEN-1") {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestAPIKeyIsNotRenewed(t *testing.T) {
	calls := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		say(w, 401, `{"errors":[{"title":"`+r.Header.Get("Authorization")+`"}]}`)
	})
	_, err := tenant.New(server.URL, tenant.APIKey("a-key-of-the-tenant"), httpClient(t, loopback)).Me(t.Context())
	if tenant.CauseOf(err) != tenant.Unauthorized || calls != 1 || strings.Contains(err.Error(), "a-key") {
		t.Errorf("got %v in %d calls", err, calls)
	}
}

// A tenant that does not answer for another token against forged calls holds up its caller for no longer than that one waits.
func TestCSRFTokenIsWaitedForAsLongAsTheCaller(t *testing.T) {
	key := signingKey(t)
	d := newDoor(key)
	silent := make(chan struct{})
	t.Cleanup(func() { close(silent) })
	var hang atomic.Bool
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if hang.Load() && r.URL.Path == "/api/v1/csrf-token" {
			select {
			case <-silent:
			case <-r.Context().Done():
			}
			return
		}
		d.handle(w, r)
	})
	hc := httpClient(t, loopback)
	c := tenant.New(server.URL, tenant.JWTSession(server.URL, key, hc, time.Now), hc)
	if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
		t.Fatal(err)
	}
	hang.Store(true)
	d.mu.Lock()
	d.forged = "another"
	d.mu.Unlock()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	began := time.Now()
	if _, err := c.CreateSpace(ctx, "Finance", tenant.Managed, ""); err == nil || time.Since(began) > 4*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	hang.Store(false)
	if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
