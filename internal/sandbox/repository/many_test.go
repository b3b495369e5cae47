package repository

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestTenThousandApps reads a large site in full, element by element, as a client does.
func TestTenThousandApps(t *testing.T) {
	f := newFixture(t)
	const many = 10_000
	who, err := f.s.hubCaller()
	good(t, err)
	first := f.id("app", "Welcome")
	good(t, f.s.act(who, func(a *act) error {
		app, err := appKind.get(a.tx, first)
		for i := 0; err == nil && i < many; i++ {
			app.ID, app.Name = uuid.NewString(), fmt.Sprintf("App %05d", i)
			err = appKind.table.Put(a.tx, app.ID, app)
		}
		return err
	}))
	began := time.Now()
	request := f.call("GET", "/qrs/app/full", "").want(200)
	var apps []json.RawMessage
	request.into(&apps)
	t.Logf("%d apps in full: %v, %d bytes", len(apps), time.Since(began), len(request.body))
	if len(apps) != many+7 {
		t.Errorf("%d apps", len(apps))
	}
	began = time.Now()
	last := f.call("GET", "/qrs/app?orderby=name%20desc&filter="+url.QueryEscape("name sw 'App' and stream.name eq 'Everyone'"), "").want(200).list()
	t.Logf("filtered and ordered: %v", time.Since(began))
	if len(last) != many || last[0]["name"] != "App 09999" {
		t.Errorf("%d, first %v", len(last), last[0]["name"])
	}
}
