package tenant_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

// clock stands still until it is moved.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time        { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) move(by time.Duration) { c.at.Add(int64(by)) }

func token(t *testing.T, signIn tenant.SignIn) string {
	t.Helper()
	pass, err := signIn.Pass(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pass.Token()
}

func signingKey(t *testing.T) tenant.SigningKey {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return tenant.SigningKey{ID: "7f3a", Issuer: "urn:skyferry:1", Private: private}
}

func TestLocalBearerClaims(t *testing.T) {
	key, at := signingKey(t), newClock()
	text := token(t, tenant.LocalBearer(key, "qlik.api", at.now))
	parsed, err := jwt.Parse(text, func(got *jwt.Token) (any, error) { return &key.Private.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("urn:skyferry:1"), jwt.WithAudience("qlik.api"),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(at.now))
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header["kid"] != "7f3a" {
		t.Errorf("kid %v", parsed.Header["kid"])
	}
	claims := parsed.Claims.(jwt.MapClaims)
	for _, name := range []string{"sub", "name", "email", "jti", "iat", "nbf"} {
		if claims[name] == nil || claims[name] == "" {
			t.Errorf("no claim %s", name)
		}
	}
	if life := claims["exp"].(float64) - claims["nbf"].(float64); claims["subType"] != "user" || life > 3600 {
		t.Errorf("subType %v, life %v s", claims["subType"], life)
	}
}

func TestLocalBearerIsKeptAndRenewed(t *testing.T) {
	at := newClock()
	tokens := tenant.LocalBearer(signingKey(t), "qlik.api", at.now)
	first := token(t, tokens)
	at.move(24 * time.Minute)
	if token(t, tokens) != first {
		t.Error("renewed too early")
	}
	at.move(time.Minute)
	second := token(t, tokens)
	if second == first {
		t.Error("not renewed five minutes before its end")
	}
	tokens.Drop(t.Context(), tenant.Bearer(first), nil)
	if token(t, tokens) != second {
		t.Error("dropping an old token dropped the present one")
	}
	tokens.Drop(t.Context(), tenant.Bearer(second), nil)
	if token(t, tokens) == second {
		t.Error("a refused token is still given")
	}
}

func credentials(t *testing.T, at *clock, handler http.HandlerFunc) tenant.SignIn {
	t.Helper()
	c := tenant.Credentials{ID: "client", Secret: func() string { return "hush-hush" }, Endpoint: serve(t, handler).URL + "/oauth/token"}
	return tenant.ClientCredentials(c, httpClient(t, loopback), at.now)
}

func TestClientCredentials(t *testing.T) {
	var calls atomic.Int32
	var got request
	at := newClock()
	tokens := credentials(t, at, func(w http.ResponseWriter, r *http.Request) {
		got = seen(r)
		say(w, 200, fmt.Sprintf(`{"access_token":"t%d","token_type":"bearer","expires_in":21600}`, calls.Add(1)))
	})
	if first := token(t, tokens); first != "t1" {
		t.Errorf("got %q", first)
	}
	want := request{"POST", "/oauth/token", map[string]string{}, `{"client_id":"client","client_secret":"hush-hush","grant_type":"client_credentials"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	at.move(6*time.Hour - 6*time.Minute)
	if token(t, tokens) != "t1" {
		t.Error("renewed too early")
	}
	at.move(time.Minute)
	if token(t, tokens) != "t2" {
		t.Error("not renewed before its end")
	}
}

func TestClientCredentialsAsAForm(t *testing.T) {
	for _, status := range []int{400, 415} {
		var got []string
		at := newClock()
		tokens := credentials(t, at, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Content-Type")+" "+seen(r).Body)
			if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				say(w, status, `{"error":"invalid_request"}`)
				return
			}
			say(w, 200, `{"access_token":"t","token_type":"bearer","expires_in":600}`)
		})
		token(t, tokens)
		at.move(time.Hour)
		token(t, tokens)
		form := "application/x-www-form-urlencoded client_id=client&client_secret=hush-hush&grant_type=client_credentials"
		if len(got) != 3 || got[1] != form || got[2] != form {
			t.Errorf("%d: asked %q", status, got)
		}
	}
}

func TestClientCredentialsAreFetchedOnceForAll(t *testing.T) {
	var calls atomic.Int32
	tokens := credentials(t, newClock(), func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		say(w, 200, `{"access_token":"t","expires_in":60}`)
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = tokens.Pass(t.Context()) })
	}
	all.Wait()
	if calls.Load() != 1 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestClientCredentialsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		cause  tenant.Cause
	}{
		"bad secret":    {401, `{"errors":[{"title":"secret hush-hush is wrong"}]}`, tenant.Unauthorized},
		"bad request":   {400, `{}`, tenant.Unauthorized},
		"no such page":  {404, `{}`, tenant.NotFound},
		"busy":          {503, ``, tenant.Busy},
		"gateway":       {504, ``, tenant.Busy},
		"no token":      {200, `{"expires_in":60}`, tenant.BadAnswer},
		"endless token": {200, `{"access_token":"t","expires_in":99999999999}`, tenant.BadAnswer},
		"no life":       {200, `{"access_token":"t"}`, tenant.BadAnswer},
		"a page":        {200, `<html>hush-hush</html>`, tenant.BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := credentials(t, newClock(), func(w http.ResponseWriter, r *http.Request) { say(w, c.status, c.body) })
			_, err := tokens.Pass(t.Context())
			if tenant.CauseOf(err) != c.cause || !strings.HasPrefix(err.Error(), tenant.CallSignIn) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("tells the secret: %v", err)
			}
		})
	}
}

func TestKeysAndCredentialsDoNotPrintTheirSecrets(t *testing.T) {
	key, client := signingKey(t), tenant.Credentials{ID: "client", Secret: func() string { return "hush" }}
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v", key, key, &key),
		fmt.Sprintf("%v %+v %#v", client, client, &client),
	} {
		if strings.Contains(text, "hush") || strings.Contains(text, key.Private.D.String()) {
			t.Errorf("tells a secret: %s", text)
		}
	}
}
