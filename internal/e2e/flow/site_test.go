package flow

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
)

// owner owns all apps of these tests.
var owner = site.Owner{ID: "o1", UserID: "m.ruiz", Directory: "ACME", Name: "M. Ruiz"}

// qvf makes an app's file with fresh content that takes a number of upload calls.
func (w *world) qvf(title string, chunks int) *bytes.Buffer {
	w.Helper()
	payload := make([]byte, chunks*chunk-600)
	_, err := rand.Read(payload)
	w.ok(err)
	var file bytes.Buffer
	w.ok(library.WriteQVF(&file, title, time.Now().Truncate(time.Second), payload))
	return &file
}

// upload makes an app, not published. It has a description, which its file does not bring.
func (w *world) upload(name string, chunks int) site.App {
	w.Helper()
	app, err := w.library.Upload(w.ctx, name+".qvf", w.qvf(name, chunks), owner)
	w.ok(err)
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: app.Name, Description: "made for a test"}))
	return w.app(app.ID)
}

// stream makes a stream.
func (w *world) stream(name string) string {
	w.Helper()
	id, err := w.store.CreateStream(w.ctx, site.Stream{Name: name})
	w.ok(err)
	return id
}

// publish makes an app and publishes it.
func (w *world) publish(name, stream string, chunks int) site.App {
	w.Helper()
	app := w.upload(name, chunks)
	w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
	return w.app(app.ID)
}

func (w *world) app(id string) site.App {
	w.Helper()
	app, err := w.store.App(w.ctx, id)
	w.ok(err)
	return app
}

// replace gives an app new data.
func (w *world) replace(id string, chunks int) site.App {
	w.Helper()
	w.ok(w.library.Replace(w.ctx, id, w.qvf("whatever", chunks)))
	return w.app(id)
}

// policy makes a policy.
func (w *world) policy(conditions string) policy.Policy {
	w.Helper()
	p := policy.Policy{Name: "Policy " + uuid.NewString(), Template: "Distribution_App", ResourceFilter: "App_*",
		Actions: policy.ActionDistribute, Conditions: conditions}
	id, err := w.store.CreatePolicy(w.ctx, p)
	w.ok(err)
	p, err = w.store.Policy(w.ctx, id)
	w.ok(err)
	return p
}

// aKey is a signing key for all worlds: to make one takes a while. Each world has tenants of its own.
var aKey = sync.OnceValues(func() (deployment.SigningKey, error) { return deployment.NewKey("a site", time.Now()) })

// bearer sets a deployment with a local bearer token up, on both sides.
func (w *world) bearer(name string) (*cloud, string) {
	w.Helper()
	c := newCloud(w, name)
	draft, private, err := w.draft()
	w.ok(err)
	w.ok(w.store.CreateDraft(w.ctx, draft, private))
	id, err := w.store.CreateDeployment(w.ctx, deployment.Deployment{Name: name, Endpoint: c.http.URL,
		Audience: deployment.DefaultAudience, Auth: deployment.LocalBearer, Kind: deployment.Sandbox}, draft.ID)
	w.ok(err)
	w.ok(c.server.AddIdentityProvider("site", deployment.Definition(draft.Key, deployment.DefaultAudience)))
	w.clouds[id] = c
	return c, id
}

// credentials sets a deployment with client credentials up; the OAuth client is made on the tenant's page.
func (w *world) credentials(name, space string) (*cloud, string) {
	w.Helper()
	c := newCloud(w, name)
	clientID, clientSecret := c.client()
	w.secrets = append(w.secrets, clientSecret)
	d := deployment.Deployment{Name: name, Endpoint: c.http.URL, Audience: deployment.DefaultAudience, Auth: deployment.ClientCredentials,
		ClientID: clientID, TokenEndpoint: c.http.URL + "/oauth/token", Landing: deployment.Landing{Space: space, Create: true}, Kind: deployment.Sandbox}
	d.ClientSecret = secret.Text(clientSecret)
	id, err := w.store.CreateDeployment(w.ctx, d, "")
	w.ok(err)
	w.clouds[id] = c
	return c, id
}

var shownSecret = regexp.MustCompile(`(?s)Client ID.*?>([0-9A-Za-z_-]{20,})<.*?Client secret.*?>([0-9A-Za-z_-]{20,})<`)

// client makes an OAuth client as an administrator does.
func (c *cloud) client() (id, secret string) {
	c.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: c.http.Client().Transport}
	post := func(path string, form url.Values) string {
		res, err := browser.PostForm(c.http.URL+path, form)
		if err != nil {
			c.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			c.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
		return string(text)
	}
	post("/signin", url.Values{"key": {c.server.APIKey()}})
	found := shownSecret.FindStringSubmatch(post("/oauth-clients/new", url.Values{"name": {"Skyferry"}}))
	if found == nil {
		c.Fatal("the page shows no secret")
	}
	return found[1], found[2]
}

// row waits until all is decided and the app's line has one of the states.
func (w *world) row(app, dep string, states ...distribution.State) distribution.StatusRow {
	w.Helper()
	var row distribution.StatusRow
	w.until(func() (bool, string) {
		if w.undecided() > 0 {
			return false, "events are not decided"
		}
		var err error
		row, err = w.store.StatusRow(w.ctx, app, dep)
		if err != nil {
			return false, err.Error()
		}
		for _, s := range states {
			if row.Shown == s {
				return true, ""
			}
		}
		return false, string(row.Shown) + ": " + row.Delivery.Message
	})
	return row
}

// until waits for something.
func (w *world) until(is func() (done bool, why string)) {
	w.Helper()
	end, tick := time.After(limit), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		done, why := is()
		if done {
			return
		}
		select {
		case <-end:
			w.Fatalf("it did not come about: %s", why)
		case <-tick.C:
		}
	}
}

func (w *world) undecided() (n int) {
	w.Helper()
	w.ok(w.store.Writer().QueryRow(`SELECT COUNT(*) FROM events WHERE decided = 0`).Scan(&n))
	return n
}

// decided waits until every event is decided.
func (w *world) decided() {
	w.Helper()
	w.until(func() (bool, string) { return w.undecided() == 0, "events are not decided" })
}

// arrived waits until the tenant has the app's present data, and compares it byte by byte.
func (w *world) arrived(id, dep string) distribution.StatusRow {
	w.Helper()
	row, app := w.row(id, dep, distribution.Distributed), w.app(id)
	c := w.clouds[dep]
	if got := c.sum(row.Placement.RemoteID); got != app.SHA256 {
		w.Errorf("the tenant has %.12s, the site %.12s", got, app.SHA256)
	}
	if !row.Placement.Version.Equal(app.DataVersion()) || row.Placement.SHA256 != app.SHA256 {
		w.Errorf("placement %+v of app %+v", row.Placement, app)
	}
	return row
}

func (w *world) draft() (deployment.Draft, secret.Text, error) {
	key, err := aKey()
	if err != nil {
		return deployment.Draft{}, "", err
	}
	if w.drafts > 0 { // a second deployment of a world has a key of its own
		if key, err = deployment.NewKey("a site", time.Now()); err != nil {
			return deployment.Draft{}, "", err
		}
	}
	w.drafts++
	w.secrets = append(w.secrets, pemBody(key.PrivatePEM.Reveal())...)
	return deployment.Draft{ID: uuid.NewString(), Key: key.Key, Expires: time.Now().Add(time.Hour)}, key.PrivatePEM, nil
}
