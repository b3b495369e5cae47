package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Site works in the hub of a sandbox repository, by the sandbox's own calls (docs/sandbox-repository.md).
type Site struct {
	Base, Key string // of the hub
}

// SiteApp is an app of the site.
type SiteApp struct {
	ID, Name string
	Stream   *struct{ Name string } // nil: not published
	Owner    struct{ UserID, UserDirectory string }
	FileSize int64
	SHA256   string // of its present bytes

	CustomProperties []struct {
		Value      string
		Definition struct{ Name string }
	}
}

// Has says whether the app has a value of a custom property.
func (a SiteApp) Has(property, value string) bool {
	for _, v := range a.CustomProperties {
		if v.Definition.Name == property && v.Value == value {
			return true
		}
	}
	return false
}

// In says whether the app is published to a stream.
func (a SiteApp) In(stream string) bool { return a.Stream != nil && a.Stream.Name == stream }

// Apps gives all apps of the site as they are now.
func (s Site) Apps(ctx context.Context) (apps []SiteApp, err error) {
	return apps, s.call(ctx, http.MethodGet, "/apps", nil, &apps)
}

// Upload makes an app, not published.
func (s Site) Upload(ctx context.Context, name string, content io.Reader) (app SiteApp, err error) {
	return app, s.call(ctx, http.MethodPost, "/apps?"+url.Values{"name": {name}}.Encode(), content, &app)
}

// Act does with an app what the hub does: publish, move, unpublish, rename, owner, properties, replace, reload or delete.
// fields are what the hub's form asks for; nil: nothing.
func (s Site) Act(ctx context.Context, appID, verb string, fields any) error {
	return s.call(ctx, http.MethodPost, "/apps/"+appID+"/"+verb, asJSON(fields), nil)
}

// Fault lays a fault: kind, and what it takes.
func (s Site) Fault(ctx context.Context, kind string, fields map[string]any) error {
	all := map[string]any{"kind": kind}
	for name, value := range fields {
		all[name] = value
	}
	return s.call(ctx, http.MethodPost, "/faults", asJSON(all), nil)
}

// Heal stops all faults.
func (s Site) Heal(ctx context.Context) error {
	return s.call(ctx, http.MethodDelete, "/faults", nil, nil)
}

// Restart restarts the repository: subscriptions and links are lost, and for a while it only boots.
func (s Site) Restart(ctx context.Context, boot time.Duration) error {
	return s.call(ctx, http.MethodPost, "/restart", asJSON(map[string]any{"seconds": boot.Seconds()}), nil)
}

// Subscriptions is how many change subscriptions there are.
func (s Site) Subscriptions(ctx context.Context) (int, error) {
	var answer struct{ Count int }
	return answer.Count, s.call(ctx, http.MethodGet, "/subscriptions", nil, &answer)
}

func asJSON(fields any) io.Reader {
	if fields == nil {
		return nil
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // the tests' own maps
	}
	return bytes.NewReader(text)
}

func (s Site) call(ctx context.Context, method, path string, body io.Reader, into any) error {
	response, err := Tenant{Base: s.Base, Key: s.Key}.Call(ctx, method, s.Base+"/sandbox/v1"+path, "application/json", body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}
