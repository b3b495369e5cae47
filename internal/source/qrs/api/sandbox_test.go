package api_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

var quiet = log.New(io.Discard, "", 0)

func TestReading(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	about, err := cl.About(within(t))
	good(t, err)
	if about.BuildVersion != "17.6.4.0" {
		t.Errorf("version %q", about.BuildVersion)
	}
	all, err := cl.CountApps(within(t), "")
	good(t, err)
	out, err := cl.CountApps(within(t), "published eq true")
	good(t, err)
	if all != 7 || out != 5 {
		t.Errorf("%d apps, %d published", all, out)
	}
	cash := app(t, cl, "Cash flow forecast")
	one, err := cl.App(within(t), cash.ID)
	good(t, err)
	s := one.Site()
	if !s.Published() || s.Stream.Name != "Finance" || s.Owner.UserID != "mruiz" || s.Owner.Directory != "ACME" || s.Properties["Cloud"][0] != "eu" ||
		s.Tags[0] != "closing" || s.Size < 60_000 || s.LastReload.IsZero() || s.PublishedAt.IsZero() || s.Created.IsZero() || s.Modified.IsZero() || s.Generation != 0 {
		t.Errorf("%+v", s)
	}
	draft := app(t, cl, "Headcount plan").Site()
	if draft.Published() || !draft.PublishedAt.IsZero() {
		t.Errorf("%+v", draft)
	}
	if welcome := app(t, cl, "Welcome").Site(); !welcome.LastReload.IsZero() {
		t.Errorf("1753 became %s", welcome.LastReload)
	}
	n := map[string]int{}
	good(t, cl.EachStream(within(t), func(s api.Stream) error { n[s.Site().Name]++; return nil }))
	good(t, cl.EachUser(within(t), func(u api.User) error { n[u.Site().Directory+`\`+u.Site().UserID]++; return nil }))
	good(t, cl.EachProperty(within(t), func(p api.Property) error {
		if d := p.Site(); d.ForApps && d.Name == "Cloud" && d.ForStreams && len(d.Values) == 2 {
			n[d.Name]++
		}
		return nil
	}))
	for _, name := range []string{"Finance", `SERVICE\skyferry`, "Cloud"} {
		if n[name] != 1 {
			t.Errorf("%s: %d", name, n[name])
		}
	}
	rules, err := cl.Rules(within(t))
	good(t, err)
	distributing := 0
	for _, r := range rules {
		if r.Actions&1024 != 0 && r.Rule != "" && r.ResourceFilter == "App_*" {
			distributing++
		}
	}
	if distributing != 3 {
		t.Errorf("%d rules distribute", distributing)
	}
}

func TestExport(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	a := app(t, cl, "Group P&L")
	d, err := cl.Export(within(t), a.ID, false)
	good(t, err)
	defer d.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, d)
	good(t, err)
	if n != a.FileSize || d.Size != n || len(hex.EncodeToString(sum.Sum(nil))) != 64 {
		t.Errorf("%d of %d bytes, %d announced", n, a.FileSize, d.Size)
	}
	small, err := cl.Export(within(t), a.ID, true)
	good(t, err)
	defer small.Close()
	if small.Size >= a.FileSize {
		t.Errorf("%d bytes without data", small.Size)
	}
}

// Published sheets of the community travel, private ones do not.
func TestExportScope(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	a := app(t, cl, "Group P&L")
	w.own("POST", "apps/"+a.ID+"/sheet", map[string]string{"name": "By team", "kind": "community", "owner": `ACME\tokafor`})
	w.own("POST", "apps/"+a.ID+"/sheet", map[string]string{"name": "My own", "kind": "private", "owner": `ACME\tokafor`})
	d, err := cl.Export(within(t), a.ID, false)
	good(t, err)
	defer d.Close()
	got, err := io.ReadAll(d)
	good(t, err)
	want := w.own("GET", "apps/"+a.ID+"/content?exportScope=published", nil)
	if all := w.own("GET", "apps/"+a.ID+"/content?exportScope=all", nil); !bytes.Equal(got, want) || bytes.Equal(got, all) {
		t.Errorf("%d bytes; published %d, all %d", len(got), len(want), len(all))
	}
}

// Certificates that are wrong in all ways that the sandbox knows.
func TestWrongCertificates(t *testing.T) {
	w := newWorld(t)
	for way, c := range map[repository.Wrong]struct {
		kind  api.Kind
		words string
	}{
		repository.Expired:    {api.Certificate, "client.pem expired on"},
		repository.NotYet:     {api.Certificate, "time server"},
		repository.OtherRoot:  {api.Certificate, "It was issued by “elsewhere-CA”, and root.pem is of"},
		repository.OtherKey:   {api.Certificate, "is not the key of client.pem"},
		repository.Passphrase: {api.Passphrase, "openssl pkey"},
		repository.NoPEM:      {api.Certificate, "something else than PEM"},
	} {
		dir := t.TempDir()
		good(t, repository.WrongClient(certs(), dir, way))
		said(t, calling(t, w.with(dir, w.base)), c.kind, c.words)
	}
	for way, words := range map[repository.Wrong]string{repository.Expired: "expired on", repository.NotYet: "time server",
		repository.OtherRoot: "was issued by “elsewhere-CA” and does not come from root.pem", repository.OtherHost: "is for qlik.elsewhere.example, 192.0.2.7, and not for 127.0.0.1"} {
		config, err := repository.WrongServer(certs(), way)
		good(t, err)
		server := serve(w.s.Trusted(), config)
		said(t, calling(t, w.with(w.dir, server.URL)), api.TLS, words)
		server.Close()
	}
}

// calling makes a client and a call, and gives what went wrong.
func calling(t *testing.T, c site.Connection) error {
	t.Helper()
	cl, err := api.New(c, api.Options{})
	if err != nil {
		return err
	}
	defer cl.Close()
	_, err = cl.About(within(t))
	return err
}

// A list of any length takes the memory of one element.
func TestManyApps(t *testing.T) {
	const apps = 100_000
	cl := client(t, newAuthority(t, "win-a-CA").site(func(w http.ResponseWriter, _ *http.Request) {
		b := bufio.NewWriter(w)
		defer b.Flush()
		_, _ = b.WriteString("[" + oneApp)
		for range apps - 1 {
			_, _ = b.WriteString("," + oneApp)
		}
		_, _ = b.WriteString("]")
	}, nil))
	n, most := 0, uint64(0)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	good(t, cl.EachApp(within(t), "", func(api.App) error {
		if n++; n%10_000 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	}))
	if n != apps || most > before+32<<20 {
		t.Errorf("%d apps, %d bytes before, %d at most", n, before, most)
	}
}

func TestFaultsOfTheSite(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	id := app(t, cl, "Group P&L").ID
	export := func() error {
		d, err := cl.Export(within(t), id, false)
		if err != nil {
			return err
		}
		defer d.Close()
		_, err = io.Copy(io.Discard, d)
		return err
	}
	read := func() error { _, err := cl.App(within(t), id); return err }
	for _, c := range []struct {
		fault map[string]any
		call  func() error
		kind  api.Kind
		words string
	}{
		{map[string]any{"kind": "boot"}, read, api.Booting, "The Repository Service starts, or is stopped"},
		{map[string]any{"kind": "boot"}, func() error { return cl.EachApp(within(t), "", nil) }, api.Booting, "“Service Unavailable”"},
		{map[string]any{"kind": "forbidden"}, read, api.Forbidden, `SERVICE\skyferry`},
		{map[string]any{"kind": "hidden-rows", "percent": 100}, read, api.NotFound, "or hides it from the user"},
		{map[string]any{"kind": "no-rights", "user": `service\skyferry`}, read, api.NotFound, "or hides it from the user"},
		{map[string]any{"kind": "export-forbidden", "user": `SERVICE\skyferry`}, export, api.Forbidden, "Give the user"},
		{map[string]any{"kind": "failing-export"}, export, api.Failed, "The engine could not export the app"},
		{map[string]any{"kind": "cut-download", "bytes": 1000}, export, api.Unreachable, "broke off"},
		{map[string]any{"kind": "expired-link"}, export, api.LinkGone, "no longer works"},
	} {
		t.Run(c.fault["kind"].(string), func(t *testing.T) {
			c.fault["calls"] = 3
			w.own("POST", "faults", c.fault)
			said(t, c.call(), c.kind, c.words)
			w.own("DELETE", "faults", nil)
			good(t, read())
			good(t, export())
		})
	}
	w.own("POST", "faults", map[string]any{"kind": "slow-export", "seconds": 600})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := cl.Export(ctx, id, false)
	said(t, err, api.Interrupted, "The console ended the call")
}

func TestRights(t *testing.T) {
	w := newWorld(t)
	id := app(t, client(t, w.connection()), "Welcome").ID
	reader := client(t, w.as("ACME", "tokafor"))
	_, err := reader.Export(within(t), id, false)
	said(t, err, api.Forbidden, `Give the user ACME\tokafor the actions Read, Export and Export data on App_*`)
	skyferry := client(t, w.connection())
	_, err = skyferry.PublishApp(within(t), app(t, skyferry, "Store traffic").ID, stream(t, skyferry, "Sales"), "")
	said(t, err, api.Forbidden, "Publish")
	_, err = skyferry.UpdateApp(within(t), id, func(map[string]any) error { return nil })
	said(t, err, api.Forbidden, "Update")
}

func stream(t *testing.T, cl *api.Client, name string) (id string) {
	t.Helper()
	good(t, cl.EachStream(within(t), func(s api.Stream) error {
		if s.Name == name {
			id = s.ID
		}
		return nil
	}))
	return id
}

func TestActing(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.as("INTERNAL", "sa_api"))
	a := app(t, cl, "Store traffic")
	got, err := cl.PublishApp(within(t), a.ID, stream(t, cl, "Sales"), "Traffic & more")
	good(t, err)
	if s := got.Site(); s.Stream == nil || s.Stream.Name != "Sales" || s.Name != "Traffic & more" || s.PublishedAt.IsZero() {
		t.Errorf("published: %+v", s)
	}
	_, err = cl.PublishApp(within(t), a.ID, stream(t, cl, "Sales"), "")
	said(t, err, api.Refused, "is published already")
	hr := stream(t, cl, "HR")
	got, err = cl.UpdateApp(within(t), a.ID, func(entity map[string]any) error {
		entity["stream"] = map[string]any{"id": hr}
		return nil
	})
	good(t, err)
	if s := got.Site(); s.Stream == nil || s.Stream.Name != "HR" {
		t.Errorf("moved: %+v", s)
	}
	_, err = cl.UpdateApp(within(t), a.ID, func(map[string]any) error { // somebody else comes in between
		w.own("POST", "apps/"+a.ID+"/rename", map[string]string{"name": "Renamed"})
		return nil
	})
	said(t, err, api.Conflict, "changed on the site meanwhile")
	stop := errors.New("stop")
	if _, err = cl.UpdateApp(within(t), a.ID, func(map[string]any) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error became %v", err)
	}
	_, err = cl.App(within(t), "35dffd22-9cf2-405e-a311-e4d7105d8cfb")
	said(t, err, api.NotFound, "does not know it")
}

func TestSubscriptions(t *testing.T) {
	w := newWorld(t)
	told := make(chan string, 10)
	ours := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.Path }))
	t.Cleanup(ours.Close)
	cl := client(t, w.connection())
	handle, err := cl.Subscribe(within(t), "App", ours.URL+"/site/notify/token")
	good(t, err)
	w.own("POST", "apps/"+app(t, cl, "Welcome").ID+"/rename", map[string]string{"name": "Hello"})
	select {
	case path := <-told:
		if path != "/site/notify/token" {
			t.Errorf("told at %s", path)
		}
	case <-within(t).Done():
		t.Fatal("nobody told us")
	}
	good(t, cl.Unsubscribe(within(t), handle))
	good(t, cl.Unsubscribe(within(t), handle)) // gone already
	_, err = cl.Subscribe(within(t), "App", "no address")
	said(t, err, api.Refused, "no JSON string with an http or https address")
}

// Execution results that are not read mean that no reload is known to run.
func TestReloadRunning(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	id := app(t, cl, "Welcome").ID
	w.own("POST", "apps/"+id+"/reload", nil)
	running, err := cl.ReloadRunning(within(t), id)
	good(t, err)
	if running {
		t.Error("a reload that ended runs")
	}
	w.own("POST", "apps/"+id+"/reload", map[string]int{"seconds": 600})
	if running, err = cl.ReloadRunning(within(t), id); err != nil || !running {
		t.Errorf("a reload that runs: %v, %v", running, err)
	}
	a := newAuthority(t, "win-a-CA")
	var filter string
	answer := answering(200, "application/json", `{"value":1}`)
	cl = client(t, a.site(func(w http.ResponseWriter, r *http.Request) {
		filter = r.URL.Query().Get("filter")
		answer(w, r)
	}, nil))
	if running, err = cl.ReloadRunning(within(t), id); err != nil || !running || !strings.HasPrefix(filter, "appID eq "+id+" and status ge 1 and status le 5 and createdDate gt '20") {
		t.Errorf("%v, %v, %s", running, err, filter)
	}
	answer = answering(403, "text/plain", "Forbidden")
	if running, err = cl.ReloadRunning(within(t), id); err != nil || running {
		t.Errorf("%v, %v", running, err)
	}
}

// Through a virtual proxy with a JWT.
func TestProxy(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.byProxy("SERVICE", "skyferry", time.Hour))
	a := app(t, cl, "Group P&L")
	d, err := cl.Export(within(t), a.ID, false)
	good(t, err)
	defer d.Close()
	if n, err := io.Copy(io.Discard, d); err != nil || n != a.FileSize {
		t.Errorf("%d of %d bytes: %v", n, a.FileSize, err)
	}
	_, err = client(t, w.byProxy("", "", time.Hour)).About(within(t))
	said(t, err, api.SignIn, "The proxy does not accept the JWT")
	_, err = api.New(w.byProxy("SERVICE", "skyferry", -time.Hour), api.Options{})
	said(t, err, api.SignIn, "The JWT ended on")
	strange := w.byProxy("SERVICE", "skyferry", time.Hour)
	strange.Prefix = "nothing"
	_, err = client(t, strange).About(within(t))
	said(t, err, api.NotQRS, "Check the prefix of the virtual proxy")
	alone := w.byProxy("SERVICE", "skyferry", time.Hour)
	alone.RootFile = ""
	_, err = client(t, alone).About(within(t))
	said(t, err, api.TLS, "which this host does not know")
}

// One session of the proxy serves all calls.
func TestProxySession(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	opened := 0
	c := a.open(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("X-Qlik-Session-jwt"); err != nil || cookie.Value != "s1" {
			opened++
			http.SetCookie(w, &http.Cookie{Name: "X-Qlik-Session-jwt", Value: "s1", Path: "/", Secure: true, HttpOnly: true})
		}
		if r.URL.Path != "/jwt/qrs/app/count" || r.Header.Get("X-Qlik-User") != "" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		_, _ = io.WriteString(w, `{"value":1}`)
	})
	cl := client(t, c)
	for range 3 {
		_, err := cl.CountApps(within(t), "")
		good(t, err)
	}
	if opened != 1 {
		t.Errorf("%d sessions", opened)
	}
}

// The wrong door, with good certificates.
func TestWrongPort(t *testing.T) {
	w := newWorld(t)
	c := w.connection()
	c.Host, c.Port = hostPort(t, w.proxy)
	_, err := client(t, c).About(within(t))
	said(t, err, api.NotQRS, "443 is the proxy")
	c = w.byProxy("SERVICE", "skyferry", time.Hour)
	c.Host, c.Port = hostPort(t, w.base)
	_, err = client(t, c).About(within(t))
	said(t, err, api.WrongPort, "demands a client certificate")
	c = w.connection()
	c.Host, c.Port = hostPort(t, w.hub)
	_, err = client(t, c).About(within(t))
	said(t, err, api.WrongPort, "speaks plain http")
}

// Files of another site, and files that are renewed while the client lives.
func TestCertificatesOfAnotherSite(t *testing.T) {
	w := newWorld(t)
	cl := client(t, w.connection())
	_, err := cl.About(within(t))
	good(t, err)
	other := os.DirFS(otherCerts())
	for _, c := range []struct {
		files []string
		kind  api.Kind
		words string
	}{
		{[]string{"root.pem"}, api.TLS, "does not come from root.pem"},
		{[]string{"client.pem"}, api.Certificate, "is not the key of client.pem"},
		{[]string{"client.pem", "client_key.pem"}, api.Certificate, "The site refuses client.pem"},
	} {
		for _, name := range c.files {
			text, err := fs.ReadFile(other, name)
			good(t, err)
			good(t, os.WriteFile(filepath.Join(w.dir, name), text, 0o600))
		}
		cl.Close() // so that it connects anew
		_, err = cl.About(within(t))
		said(t, err, c.kind, c.words)
		for _, name := range c.files {
			text, err := os.ReadFile(filepath.Join(certs(), name))
			good(t, err)
			good(t, os.WriteFile(filepath.Join(w.dir, name), text, 0o600))
		}
		_, err = cl.About(within(t))
		good(t, err)
	}
}
