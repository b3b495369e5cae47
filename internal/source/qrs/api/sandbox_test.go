package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"testing"

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
		if r.Actions&api.Distribute != 0 && r.Rule != "" && r.ResourceFilter == "App_*" {
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
