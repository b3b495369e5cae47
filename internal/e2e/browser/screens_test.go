package browser

import (
	"strings"
	"testing"
)

// TestScreens looks at every screen in light and dark, wide and narrow: axe-core finds nothing, nothing scrolls sideways,
// and the pictures are kept for people to look at.
func TestScreens(t *testing.T) {
	d := startDemo(t)
	browser := newBrowser(t)
	p := newPage(t, browser, true)
	p.open(d.console)
	p.look("sign-in")
	p.signIn(d.console)
	app := p.hrefOf(d.console+"/apps", "Cash flow forecast")
	unpublished := p.hrefOf(d.console+"/apps", "Group P&L")
	deployment := p.hrefOf(d.console+"/deployments", "eu")
	policy := p.hrefOf(d.console+"/policies", "Finance to eu")
	row := p.hrefOf(d.console+"/status?tab=all", "Cash flow forecast")
	stream := p.hrefOf(d.console+"/streams", "Finance")
	property := p.hrefOf(d.console+"/properties", "Cloud")
	user := p.hrefOf(d.console+"/users", "admin")
	for name, path := range map[string]string{
		"start": "/", "cloud-distribution": "/cloud-distribution", "help": "/help", "missing": "/no-such-page",
		"deployments": "/deployments", "deployment-new": "/deployments/new", "deployment": deployment,
		"deployment-pause": deployment + "/pause", "deployment-disable": deployment + "/disable", "deployment-delete": deployment + "/delete",
		"pause": "/distribution/pause", "policies": "/policies", "policy-new": "/policies/new", "policy": policy,
		"guards": "/policies/guards", "guard-new": "/policies/guards/new", "policy-versions": policy + "/versions", "policy-copy": "/policies/copy?id=" + strings.TrimPrefix(policy, "/policies/"),
		"status": "/status?tab=all", "status-detail": row, "apps": "/apps", "app": app, "app-publish": unpublished + "/publish",
		"app-move": app + "/move", "app-replace": app + "/replace", "app-delete": app + "/delete", "app-unpublish": app + "/unpublish",
		"upload": "/apps/upload", "streams": "/streams", "stream": stream, "stream-new": "/streams/new",
		"properties": "/properties", "property": property, "property-new": "/properties/new",
		"site": "/site", "users": "/users", "user": user, "user-new": "/users/new", "account": "/account", "audit": "/audit",
	} {
		t.Run(name, func(t *testing.T) { p.at(t, d.console+path).look(name) })
	}
	tenantScreens(t, newPage(t, browser, true), d.eu)
}

// tenantScreens looks at the sandbox tenant's own pages.
func tenantScreens(t *testing.T, p *page, tenant string) {
	p.open(tenant)
	p.look("tenant-sign-in")
	p.signInTenant(tenant)
	for name, path := range map[string]string{
		"tenant-apps": "/apps", "tenant-identity-providers": "/identity-providers", "tenant-identity-provider-new": "/identity-providers/new",
		"tenant-oauth-clients": "/oauth-clients", "tenant-spaces": "/spaces", "tenant-api-keys": "/api-keys",
		"tenant-collections": "/collections", "tenant-quota": "/quota", "tenant-quota-edit": "/quota/edit",
		"tenant-faults": "/faults", "tenant-fault-new": "/faults/new?kind=bandwidth",
	} {
		t.Run(name, func(t *testing.T) { p.at(t, tenant+path).look(name) })
	}
}

// at is the same tab for a subtest, gone to an address.
func (p *page) at(t *testing.T, address string) *page {
	q := &page{t: t, ctx: p.ctx}
	shown = q
	q.open(address)
	return q
}

// hrefOf gives the path that a link on a page leads to.
func (p *page) hrefOf(address, link string) string {
	p.t.Helper()
	p.open(address)
	href := on[string](p, p.await("link", link), `function() { return this.href }`)
	_, rest, _ := strings.Cut(strings.TrimPrefix(href, "http://"), "/")
	return "/" + rest
}
