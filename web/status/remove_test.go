package status_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

const leftApp = "00000000-0000-4000-8000-000000000001"

// other is all that a removal never calls.
type other interface{ distribution.Tenant }

// remoteTenant is a tenant that holds some apps.
type remoteTenant struct {
	other

	id   string
	apps map[string]bool
	lost bool // deletes, and loses the answer
}

func (r *remoteTenant) TenantID(context.Context) (string, error) { return r.id, nil }

func (r *remoteTenant) DeleteApp(_ context.Context, id string) error {
	delete(r.apps, id)
	if r.lost {
		return &tenant.Error{Call: "delete the app", Cause: tenant.OutcomeUnknown, Status: 504}
	}
	return nil
}

func (r *remoteTenant) App(_ context.Context, id string) (tenant.App, error) {
	if r.apps[id] {
		return tenant.App{ID: id}, nil
	}
	return tenant.App{}, &tenant.Error{Call: "read the app", Cause: tenant.NotFound, Status: 404}
}

func (r *remoteTenant) Tenant(context.Context, deployment.Deployment) (distribution.Tenant, error) {
	return r, nil
}

// leave places an app in the tenant of eu, a Production deployment, and takes it out of its stream.
func (n *night) leave() *remoteTenant {
	n.Helper()
	r := &remoteTenant{id: "tenant-eu", apps: map[string]bool{"remote-1": true}}
	n.screen.Tenants = r
	if err := n.BindTenant(n.Context(), n.eu, r.id); err != nil {
		n.Fatal(err)
	}
	d := must(n.StatusRow(n.Context(), leftApp, n.eu)).Delivery
	for _, state := range []distribution.State{distribution.Exporting, distribution.Uploading, distribution.Importing, distribution.Placing} {
		d.State, d.Stage = state, state
		if err := n.Save(n.Context(), d, distribution.Attempt{}); err != nil {
			n.Fatal(err)
		}
	}
	place := distribution.Placement{TenantID: r.id, RemoteID: "remote-1", RemoteName: "App 1", AppName: "App 1", SpaceName: "Landing", Version: d.Version}
	if err := n.Place(n.Context(), d, distribution.Attempt{}, place); err != nil {
		n.Fatal(err)
	}
	if err := n.UnpublishApp(n.Context(), leftApp); err != nil {
		n.Fatal(err)
	}
	n.decide()
	return r
}

func TestWhatIsLeftInATenantIsRemovedAfterAQuestion(t *testing.T) {
	for _, lost := range []bool{false, true} {
		n := newNight(t)
		r := n.leave()
		r.lost = lost
		at := "/status/" + leftApp + "/" + n.eu
		if n.get(at).Find(`a[href="`+at+`/remove"]`).Length() != 1 {
			t.Error("the detail offers no removal")
		}
		if words := text(n.get(at + "/remove").Find("main")); !strings.Contains(words, "remote-1") || !strings.Contains(words, "Landing") || !strings.Contains(words, "acme.eu.qlikcloud.com") {
			t.Errorf("question: %s", words)
		}
		page := n.page(n.post(at+"/remove", url.Values{"name": {"us"}}), http.StatusUnprocessableEntity)
		if !strings.Contains(text(page.Find("main")), "Type the deployment's name") || !r.apps["remote-1"] {
			t.Errorf("wrong name: %s, in the tenant: %v", text(page.Find("main")), r.apps)
		}
		if got := n.post(at+"/remove", url.Values{"name": {"EU"}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("removed: %s", got.Status)
		}
		if r.apps["remote-1"] || n.notice != "App 1 is removed from eu." {
			t.Errorf("in the tenant: %v, notice %q", r.apps, n.notice)
		}
		if _, err := n.StatusRow(t.Context(), leftApp, n.eu); !fault.Is(err, fault.NotFound) {
			t.Errorf("line: %v", err)
		}
	}
}

func TestNothingIsRemovedInAnotherTenantOrWhilePaused(t *testing.T) {
	n := newNight(t)
	r := n.leave()
	at := "/status/" + leftApp + "/" + n.eu + "/remove"
	r.id = "tenant-x"
	page := n.page(n.post(at, url.Values{"name": {"eu"}}), http.StatusUnprocessableEntity)
	if !strings.Contains(text(page.Find("main")), "another tenant") {
		t.Error(text(page.Find("main")))
	}
	r.id = "tenant-eu"
	if err := n.PauseAll(t.Context(), deployment.Pause{Reason: "moved"}); err != nil {
		t.Fatal(err)
	}
	page = n.page(n.post(at, url.Values{"name": {"eu"}}), http.StatusUnprocessableEntity)
	if !strings.Contains(text(page.Find("main")), "paused (moved)") || !r.apps["remote-1"] {
		t.Errorf("%s %v", text(page.Find("main")), r.apps)
	}
	c := must(n.SiteConnection(t.Context()))
	c.ObserveOnly = true
	if err := errors.Join(n.ResumeAll(t.Context()), n.SaveSiteConnection(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	page = n.page(n.post(at, url.Values{"name": {"eu"}}), http.StatusUnprocessableEntity)
	if !strings.Contains(text(page.Find("main")), "only observed") || !r.apps["remote-1"] {
		t.Errorf("%s %v", text(page.Find("main")), r.apps)
	}
}

func TestOnlyWhatIsLeftCanBeRemoved(t *testing.T) {
	n := newNight(t)
	n.page(must(http.Get(n.server.URL+"/status/"+leftApp+"/"+n.eu+"/remove")), http.StatusConflict)
}
