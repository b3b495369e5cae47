package policies_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

func column(a answer, key string) (cells []string) {
	a.Find(`tbody [data-col="` + key + `"]`).Each(func(_ int, s *goquery.Selection) { cells = append(cells, squeeze(s.Text())) })
	return cells
}

func TestEmptyOverviewSaysWhatToDo(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/policies"), http.StatusOK)
	d.wants(page, "No policy: nothing leaves the site.")
	if page.Find(`a[href="/policies/new"]`).Text() != "Create new" {
		t.Error("no link Create new")
	}
}

func TestOverview(t *testing.T) {
	d := newDesk(t)
	d.policy("B both", `((subject.name="eu") or (subject.name="us"))`, false)
	d.policy("A finance", euAnd, false)
	d.policy("C off", euAnd, true)
	d.policy("D nothing", empty, false)
	page := d.want(d.get("/policies"), http.StatusOK)
	for key, want := range map[string][]string{
		"name":     {"A finance", "B both", "C off", "D nothing 1 warning"},
		"goes":     {"eu acme.eu.qlikcloud.com", "eu acme.eu.qlikcloud.com us acme.us.qlikcloud.com", "Nowhere eu when it is enabled", "Nowhere"},
		"apps":     {"2", "3", "0", "0"},
		"disabled": {"No", "No", "Yes", "No"},
		"actions":  {"Distribute", "Distribute", "Distribute", "Distribute"},
		"tags":     {"daily", "daily", "daily", "daily"},
	} {
		if diff := cmp.Diff(want, column(page, key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	d.wants(page, "4 policies · 3 of 3 published apps leave the site")
	for query, want := range map[string][]string{
		"sort=apps&dir=desc":        {"B both", "A finance", "D nothing 1 warning", "C off"},
		"disabled=yes":              {"C off"},
		"q=FIN":                     {"A finance", "C off"},
		"sort=name&dir=desc&q=both": {"B both"},
		"q=unknown":                 nil,
	} {
		page := d.want(d.get("/policies?"+query), http.StatusOK)
		if diff := cmp.Diff(want, column(page, "name")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestDeleteAsksInWords(t *testing.T) {
	d := newDesk(t)
	kept := d.policy("All to us", `((subject.name="us"))`, false)
	finance := d.policy("Finance", euAnd, false)
	both := d.policy("Both", `((subject.name="eu") or (subject.name="us"))`, false)

	page := d.want(d.get("/policies/delete?id="+finance), http.StatusOK)
	d.wants(page, `Delete "Finance"?`, "No app is affected")
	page = d.want(d.get("/policies/delete?id="+finance+"&id="+both), http.StatusOK)
	d.wants(page, "Delete 2 policies?", "3 apps are no longer refreshed in eu. What is in the tenants already stays there")

	done := d.want(d.post("/policies/delete", url.Values{"id": {finance, both}}), http.StatusSeeOther)
	if done.location != "/policies" || d.notice != "2 policies are deleted. 3 apps are no longer refreshed in eu." {
		t.Errorf("led to %s with %q", done.location, d.notice)
	}
	left, err := d.store.AllPolicies(t.Context())
	if err != nil || len(left) != 1 || left[0].ID != kept {
		t.Errorf("left: %v %v", left, err)
	}
}
