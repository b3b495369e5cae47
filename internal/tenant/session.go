package tenant

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// sessionAudience is the audience of tokens that open a session (qlik-cloud-api.md section 2.1).
	sessionAudience = "qlik.api/login/jwt-session"
	// sessionLife is how long a session is used. A tenant does not tell how long it lives; one that ends earlier is refused
	// and opened anew.
	sessionLife = 30 * time.Minute
	// csrfTimeout bounds the call for another token against forged calls: a whole new session costs little more than waiting.
	csrfTimeout = 5 * time.Second
	// csrfRefused is the documented code of an answer that wants another token against forged calls (section 0, csrf). It is
	// one of the few codes that Qlik names.
	csrfRefused = "CSRF-TOKEN-2"
)

// sessions opens sessions with tokens that the key signs, and renews only the token against forged calls where only that
// was refused.
type sessions struct {
	*cache

	base string // the tenant's origin
	key  SigningKey
	http *http.Client
	now  func() time.Time
}

// JWTSession signs in as the documented JWT identity provider has it: each session is opened by a token of its own, good for
// half an hour, at the tenant at endpoint. Refusals of the token are Unauthorized, with whatever 4xx the tenant says it.
func JWTSession(endpoint string, key SigningKey, hc *http.Client, now func() time.Time) SignIn {
	s := &sessions{base: origin(endpoint), key: key, http: noRedirects(hc), now: now}
	s.cache = newCache(now, s.open)
	return s
}

func (s *sessions) open(ctx context.Context) (Pass, time.Duration, error) {
	token, err := s.key.sign(sessionAudience, s.now())
	if err != nil {
		return Pass{}, 0, err
	}
	k := call{name: CallSignIn, method: http.MethodPost, url: s.base + "/login/jwt-session"}
	a, err := send(ctx, s.http, k, Bearer(token))
	if err != nil {
		return Pass{}, 0, notAccepted(err)
	}
	pass := Pass{cookies: cookieHeader("", a)}
	if pass.cookies == "" {
		return Pass{}, 0, k.bad(a, "it sets no cookie: %s", start(a.body, []string{token}))
	}
	pass, err = s.guarded(ctx, pass)
	return pass, sessionLife, err
}

// guarded adds the token against forged calls.
func (s *sessions) guarded(ctx context.Context, pass Pass) (Pass, error) {
	k := call{name: "ask for the CSRF token", method: http.MethodGet, url: s.base + "/api/v1/csrf-token"}
	a, err := send(ctx, s.http, k, pass)
	if err != nil {
		return Pass{}, err
	}
	if pass.csrf = a.header.Get(csrfHeader); pass.csrf == "" {
		return Pass{}, k.bad(a, "it has no header qlik-csrf-token")
	}
	pass.cookies = cookieHeader(pass.cookies, a) // the token may come with a cookie of its own
	return pass, nil
}

// Drop forgets the session; when only its token against forged calls was refused, it gets another one and stays.
func (s *sessions) Drop(ctx context.Context, pass Pass, refused error) {
	if !isCSRFRefused(refused) {
		s.cache.Drop(ctx, pass, refused)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, csrfTimeout)
	defer cancel()
	fresh, err := s.guarded(ctx, pass)
	if err != nil {
		fresh = Pass{} // then the next call opens a session anew, and says what is wrong
	}
	s.replace(pass, fresh)
}

func isCSRFRefused(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusForbidden && e.Code == csrfRefused
}

// cookieHeader gives the session's cookies as they are sent back: those of before, and what the answer set anew.
func cookieHeader(before string, a answer) string {
	values := map[string]string{}
	old, _ := http.ParseCookie(before) // of an empty text there are none
	for _, c := range slices.Concat(old, (&http.Response{Header: a.header}).Cookies()) {
		if values[c.Name] = c.Value; c.MaxAge < 0 || c.Value == "" {
			delete(values, c.Name)
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, name+"="+values[name])
	}
	return strings.Join(pairs, "; ")
}

// origin is scheme and host of an endpoint, "" when it is no web address.
func origin(endpoint string) string {
	if u := parseEndpoint(endpoint); u != nil {
		return u.String()
	}
	return ""
}

func parseEndpoint(endpoint string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	if err != nil || u.Host == "" {
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}
