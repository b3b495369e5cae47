package tenant

import (
	"context"
	"fmt"
	"net/http"
)

// SignIn is a way of being let in by a tenant. It is safe for concurrent use.
type SignIn interface {
	// Pass gives a pass that is good for some minutes at least.
	Pass(ctx context.Context) (Pass, error)
	// Drop forgets what the tenant refused of this pass, so that the next Pass is a new one. A pass that is not the present
	// one is ignored. It may have to ask the tenant, and is done within the context or a few seconds.
	Drop(ctx context.Context, p Pass, refused error)
}

// Pass is what a call shows to be let in: a bearer token, or the cookies of a session with its token against forged calls.
type Pass struct{ bearer, cookies, csrf string }

// Bearer is the pass that a bearer token is.
func Bearer(token string) Pass { return Pass{bearer: token} }

// Format prints nothing of a pass, whatever the verb.
func (p Pass) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, "(secret)") }

// csrfHeader carries the token of a session that every call but a read needs (qlik-cloud-api.md section 0, csrf).
const csrfHeader = "Qlik-Csrf-Token"

func (p Pass) show(req *http.Request) {
	if p.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	if p.cookies == "" {
		return
	}
	req.Header.Set("Cookie", p.cookies)
	if req.Method != http.MethodGet && p.csrf != "" {
		req.Header.Set(csrfHeader, p.csrf)
	}
}

// secrets must not come back in an error text.
func (p Pass) secrets() []string {
	return append([]string{p.bearer, p.cookies, p.csrf}, cookieValues(p.cookies)...)
}

func cookieValues(header string) []string {
	var values []string
	cookies, _ := http.ParseCookie(header) // of an empty or odd text there are none
	for _, c := range cookies {
		if len(c.Value) >= 8 { // a shorter one is no secret, and would blacken ordinary words
			values = append(values, c.Value)
		}
	}
	return values
}
