package api_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

func asError(err error, e **api.Error) bool { return errors.As(err, e) }

// answering gives a handler with one answer.
func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const about = `{"buildVersion":"31.0.0.0","buildDate":"1/1/2026"}`

// Who answers, and how it shows in TLS.
func TestBadPeers(t *testing.T) {
	a, b := newAuthority(t, "win-a-CA"), newAuthority(t, "win-b-CA")
	well := answering(200, "application/json", about)
	plain := httptest.NewServer(well)
	t.Cleanup(plain.Close)
	foreign := b.site(well, nil)
	foreign.RootPEM = a.root()
	refused := a.site(well, nil)
	refused.ClientPEM, refused.KeyPEM = b.leaf(nil)
	older := a.siteWith(well, nil, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	older.ClientPEM, older.KeyPEM = b.leaf(nil)
	lookalike := b.site(well, nil)
	lookalike.ClientPEM, lookalike.KeyPEM = b.leaf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	byProxy := a.site(well, nil)
	byProxy.Way, byProxy.JWT = site.ByProxy, "eyJ.e30.x"
	nobody := a.to("https://no-such-host.invalid:4242")
	closed := httptest.NewServer(well)
	closed.Close()
	for name, c := range map[string]struct {
		connection site.Connection
		kind       api.Kind
		words      string
	}{
		"all is well":         {a.site(well, nil), "", ""},
		"name as common name": {named(a.site(well, func(c *x509.Certificate) { c.IPAddresses, c.Subject = nil, pkix.Name{CommonName: "localhost"} }), "localhost"), "", ""},
		"another common name": {named(a.site(well, func(c *x509.Certificate) { c.IPAddresses, c.Subject = nil, pkix.Name{CommonName: "sense"} }), "localhost"), api.TLS, "is for sense, and not for localhost"},
		"another name":        {a.site(well, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"sense.example", "sense"} }), api.TLS, "is for sense.example, sense, and not for 127.0.0.1"},
		"another site's root": {foreign, api.TLS, "was issued by “win-b-CA” and does not come from root.pem, which is of “win-a-CA”"},
		"server expired": {a.site(well, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}), api.TLS, "expired on"},
		"server not valid yet": {a.site(well, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		}), api.TLS, "time server"},
		"another site's client":  {refused, api.Certificate, "It was issued by “win-b-CA”, and root.pem is of “win-a-CA”"},
		"the same with TLS 1.2":  {older, api.Certificate, "The site refuses client.pem"},
		"no client certificate":  {lookalike, api.Certificate, "The site refuses client.pem"},
		"proxy way at 4242":      {byProxy, api.WrongPort, "demands a client certificate"},
		"plain http":             {a.to(plain.URL), api.WrongPort, "speaks plain http. The repository listens at 4242"},
		"another protocol":       {a.to(listening(t, "SSH-2.0-OpenSSH_9.6\r\n")), api.WrongPort, "does not speak TLS"},
		"takes and says nothing": {a.to(listening(t, "")), api.Unreachable, "does not answer in TLS"},
		"hangs up":               {a.to(listening(t, "\x00")), api.Unreachable, "ended the TLS handshake"},
		"nobody listens":         {a.to(closed.URL), api.Unreachable, "Nothing listens at 127.0.0.1"},
		"unknown name":           {nobody, api.Unreachable, "no-such-host.invalid is not known here"},
		"no name at all":         {named(nobody, "no host"), api.Unreachable, "is no name or address"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := client(t, c.connection)
			if strings.Contains(name, "says nothing") {
				cl.HurryDial(time.Second)
			}
			_, err := cl.About(within(t))
			if c.kind == "" {
				good(t, err)
				return
			}
			said(t, err, c.kind, c.words)
		})
	}
}

func named(c site.Connection, host string) site.Connection {
	c.Host = host
	return c
}

func prefixed(c site.Connection, prefix string) site.Connection {
	c.Prefix = prefix
	return c
}

// listening is a port that is no server of ours: it says something and waits; "\x00" hangs up at once.
func listening(t *testing.T, says string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	good(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if says == "\x00" {
				_ = conn.Close()
				continue
			}
			_, _ = io.WriteString(conn, says)
			_, _ = io.Copy(io.Discard, conn) // until the client gives up
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return "https://" + l.Addr().String()
}

// What is answered in place of data.
func TestBadAnswers(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	elsewhere := httptest.NewServer(answering(200, "application/json", about))
	t.Cleanup(elsewhere.Close)
	redirect := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }
	const hotel = "<!DOCTYPE html><html><head><title>Welcome to\n the &amp; hotel</title></head></html>"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   api.Kind
		words  string
	}{
		"a page":                   {answering(200, "text/html", hotel), api.NotQRS, "answers with a web page (HTTP 200, “Welcome to the & hotel”) instead of data"},
		"a page without a type":    {answering(200, "", "  <html>"), api.NotQRS, "web page"},
		"a page while booting":     {answering(503, "text/html", "<h2>Service Unavailable</h2>"), api.Booting, "“Service Unavailable”"},
		"a page of http.sys":       {answering(404, "text/html", "<h2>Not Found</h2><p>HTTP Error 404.</p>"), api.NotQRS, "just started"},
		"a gateway's page":         {answering(502, "text/html", "<h1>Bad gateway</h1>"), api.NotQRS, "“Bad gateway”"},
		"a proxy's sign-in":        {answering(407, "text/html", hotel), api.NotQRS, "demands a sign-in"},
		"a redirect":               {redirect, api.WrongPort, "443 is the proxy"},
		"not signed in":            {answering(401, "text/plain", ""), api.WrongPort, "does not take the certificate"},
		"xrfkey":                   {answering(403, "text/plain", "XSRF prevention check failed. Possible XSRF discovered."), api.XSRF, "xrfkey"},
		"no right":                 {answering(403, "text/plain", "Forbidden"), api.Forbidden, `does not allow it to the user SERVICE\skyferry (HTTP 403: “Forbidden”). Give the user SERVICE\skyferry the action Read on App_*`},
		"unknown":                  {answering(404, "text/plain", "nothing"), api.NotFound, "does not know it, or hides it"},
		"conflict":                 {answering(409, "text/plain", ""), api.Conflict, "changed on the site meanwhile"},
		"refused":                  {answering(400, "text/plain", "Missing parameter value(s)"), api.Refused, "Missing parameter value(s)"},
		"failed":                   {answering(500, "text/plain", "boom"), api.Failed, "boom"},
		"not ready":                {answering(503, "text/plain", ""), api.Booting, "not ready"},
		"long words with a secret": {answering(500, "text/plain", "Bearer abcdefghijkl "+strings.Repeat("x\n", 90_000)), api.Failed, "(secret)"},
		"empty":                    {answering(200, "application/json", ""), api.BadAnswer, "it is empty"},
		"no JSON":                  {answering(200, "application/json", "hello"), api.BadAnswer, "begins: “hello”"},
		"a list for an object":     {answering(200, "application/json", "[]"), api.BadAnswer, "not the expected data"},
		"null":                     {answering(200, "application/json", "null"), api.BadAnswer, "no app"},
		"no id":                    {answering(200, "application/json", `{"id":"x"}`), api.BadAnswer, "no app"},
		"an odd date":              {answering(200, "application/json", `{"modifiedDate":"yesterday"}`), api.BadAnswer, "not the expected data"},
		"no end":                   {endless(`{"name":"`, "x"), api.BadAnswer, "larger than expected"},
		"slow":                     {dripping("{"), api.Slow, "too slow"},
		"nothing":                  {dripping(""), api.Slow, "too slow"},
		"cut":                      {cutting(`{"id":`), api.Unreachable, "broke off"},
		"huge headers": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 200_000)) },
			api.Unreachable, "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := client(t, a.site(c.answer, nil))
			if c.kind == api.Slow {
				cl.Hurry(300 * time.Millisecond)
				cl.AtMost(time.Second)
			}
			_, err := cl.App(within(t), "35dffd22-9cf2-405e-a311-e4d7105d8cfb")
			said(t, err, c.kind, c.words)
		})
	}
}

// A 404 of a call that names nothing is no word about an app.
func TestWrongServer(t *testing.T) {
	cl := client(t, newAuthority(t, "win-a-CA").site(http.NotFound, nil))
	_, err := cl.About(within(t))
	said(t, err, api.NotQRS, "does not know this call")
	_, err = cl.CountApps(within(t), "")
	said(t, err, api.NotQRS, "does not know this call")
}

// endless never stops saying the same.
func endless(first, again string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, first)
		for text := strings.Repeat(again, 4096/len(again)); err == nil; {
			_, err = io.WriteString(w, text)
		}
	}
}

// dripping says something and then nothing, until the client is gone.
func dripping(first string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if first != "" {
			_, _ = io.WriteString(w, first)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

// cutting drops the connection after a part.
func cutting(first string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, first)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

const oneApp = `{"id":"35DFFD22-9cf2-405e-a311-e4d7105d8cfb","name":"a"}`

// Lists: a part is never taken for the whole.
func TestBadLists(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   api.Kind // "": a good list
		words  string
		apps   int
	}{
		"none":            {answering(200, "application/json", " \r\n[]"), "", "", 0},
		"two":             {answering(200, "application/json", "["+oneApp+" , "+oneApp+"]\n"), "", "", 2},
		"a page":          {answering(200, "text/html", "<title>Hub</title>"), api.NotQRS, "“Hub”", 0},
		"an object":       {answering(200, "application/json", about), api.BadAnswer, "is no list", 0},
		"nothing":         {answering(200, "application/json", ""), api.BadAnswer, "is no list", 0},
		"cut between":     {cutting("[" + oneApp + ","), api.Unreachable, "broke off", 1},
		"cut before end":  {cutting("[" + oneApp), api.Unreachable, "broke off", 1},
		"no end":          {answering(200, "application/json", "["+oneApp), api.Unreachable, "broke off", 1},
		"cut within":      {cutting("[" + oneApp + `,{"id":`), api.Unreachable, "broke off", 1},
		"an odd element":  {answering(200, "application/json", "["+oneApp+",7]"), api.BadAnswer, "not the expected data", 1},
		"no id":           {answering(200, "application/json", "["+oneApp+",{}]"), api.BadAnswer, "no id", 1},
		"null":            {answering(200, "application/json", "[null]"), api.BadAnswer, "no id", 0},
		"a huge element":  {endless("["+oneApp+`,{"description":"`, "x"), api.BadAnswer, "too large", 1},
		"blanks for ever": {endless("["+oneApp+",", " "), api.BadAnswer, "too large", 1},
		"stalls":          {dripping("[" + oneApp + ","), api.Slow, "too slow", 1},
		"not begun":       {dripping(""), api.Slow, "too slow", 0},
		"boots":           {answering(503, "text/html", "<title>Service Unavailable</title>"), api.Booting, "Service Unavailable", 0},
	} {
		t.Run(name, func(t *testing.T) {
			cl := client(t, a.site(c.answer, nil))
			if c.kind == api.Slow && c.apps == 0 {
				cl.HurryHead(300 * time.Millisecond)
			} else if c.kind == api.Slow {
				cl.Hurry(300 * time.Millisecond)
			}
			n := 0
			err := cl.EachApp(within(t), "", func(app api.App) error {
				if n++; app.Site().ID != "35dffd22-9cf2-405e-a311-e4d7105d8cfb" {
					t.Errorf("id %s", app.Site().ID)
				}
				return nil
			})
			if n != c.apps {
				t.Errorf("%d apps", n)
			}
			if c.kind == "" {
				good(t, err)
			} else {
				said(t, err, c.kind, c.words)
			}
		})
	}
	cl := client(t, a.site(endless("["+oneApp, ","+oneApp), nil))
	full := errors.New("full")
	if err := cl.EachApp(within(t), "", func(api.App) error { return full }); !errors.Is(err, full) {
		t.Errorf("the caller's error became %v", err)
	}
	cl.AtMost(300 * time.Millisecond)
	said(t, cl.EachApp(within(t), "", func(api.App) error { return nil }), api.Slow, "did not end in time")
}

// What is sent: the user, encoded, and an xrfkey that is used once.
func TestHowCallsAreSigned(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	keys := map[string]bool{}
	var user, uri string
	c := a.site(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Qlik-Xrfkey")
		if len(key) != 16 || r.URL.Query().Get("xrfkey") != key || strings.ContainsFunc(key, func(c rune) bool { return c > 'z' || c < '0' }) {
			t.Errorf("xrfkey %q in %s", key, r.URL)
		}
		keys[key], user, uri = true, r.Header.Get("X-Qlik-User"), r.RequestURI
		_, _ = io.WriteString(w, `{"value":3}`)
	}, nil)
	c.UserDirectory, c.UserID = "ACME", "jürgen & co; =x"
	cl := client(t, c)
	for range 3 {
		n, err := cl.CountApps(within(t), "name eq 'a+b & c'")
		good(t, err)
		if n != 3 {
			t.Errorf("%d apps", n)
		}
	}
	if len(keys) != 3 || user != "UserDirectory=ACME; UserId=j%C3%BCrgen%20%26%20co%3B%20%3Dx" || !strings.HasPrefix(uri, "/qrs/app/count?filter=name%20eq%20%27a%2Bb%20%26%20c%27&xrfkey=") {
		t.Errorf("%d keys, %s, %s", len(keys), user, uri)
	}
}

// The link of an export is sent as it came, once, and it stays on the site.
func TestDownloadPath(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	const odd = `/tempcontent/x/A%2fB%3a%20100%20%25%20%C3%a4%3F~'(1).qvf?serverNodeId=d0&name=a+b%2b`
	for name, c := range map[string]struct {
		link, sent string
		status     int
		body       string
		kind       api.Kind
		words      string
	}{
		"as it came":     {odd, odd, 200, "file", "", ""},
		"bare bytes":     {"/tempcontent/x/ä b#.qvf?serverNodeId=d0", "/tempcontent/x/%C3%A4%20b%23.qvf?serverNodeId=d0", 200, "file", "", ""},
		"used up":        {odd, odd, 404, "no such file", api.LinkGone, "no longer works"},
		"empty":          {odd, odd, 200, "", api.BadAnswer, "The exported file is empty"},
		"elsewhere":      {"https://evil.example/x", "", 200, "", api.BadAnswer, "no path on the site"},
		"elsewhere, too": {"//evil.example/x", "", 200, "", api.BadAnswer, "no path on the site"},
		"cancelled":      {"", "", 200, "", api.Failed, "cancelled"},
		"a page":         {odd, odd, 200, "<html><title>Sign in</title>", api.NotQRS, "Sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent []string
			cl := client(t, a.site(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					if r.Header.Get("Content-Length") != "0" || len(r.TransferEncoding) > 0 || r.URL.Query().Get("exportScope") != "published" || r.URL.Query().Get("skipData") != "false" {
						t.Errorf("%d %s", r.ContentLength, r.URL)
					}
					w.WriteHeader(http.StatusCreated)
					_, _ = fmt.Fprintf(w, `{"downloadPath":%q,"cancelled":false}`, c.link)
					return
				}
				sent = append(sent, r.RequestURI)
				if strings.HasPrefix(c.body, "<") {
					w.Header().Set("Content-Type", "text/html")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}, nil))
			d, err := cl.Export(within(t), "35dffd22-9cf2-405e-a311-e4d7105d8cfb", false)
			var text []byte
			if err == nil {
				text, err = io.ReadAll(d)
				_ = d.Close()
			}
			if c.kind != "" {
				said(t, err, c.kind, c.words)
			} else if good(t, err); string(text) != "file" || d.Size != 4 {
				t.Errorf("%q of %d bytes", text, d.Size)
			}
			if c.sent == "" && len(sent) > 0 || c.sent != "" && (len(sent) != 1 || sent[0] != c.sent) {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

// The console ends a call: that is no fault of the site, and an export is cancelled there.
func TestInterrupted(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	var cancelled atomic.Int32
	begun := make(chan struct{}, 1)
	cl := client(t, a.site(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/export/") {
			cancelled.Add(1)
			_, _ = io.WriteString(w, `{"cancelled":true}`)
			return
		}
		begun <- struct{}{}
		<-r.Context().Done()
	}, nil))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	_, err := cl.Export(ctx, "35dffd22-9cf2-405e-a311-e4d7105d8cfb", false)
	said(t, err, api.Interrupted, "The console ended the call")
	if !errors.Is(err, context.Canceled) || cancelled.Load() != 1 {
		t.Errorf("%v, cancelled %d times", err, cancelled.Load())
	}
}
