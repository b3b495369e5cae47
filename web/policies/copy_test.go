package policies_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestCopyForAnotherDeployment(t *testing.T) {
	d := newDesk(t)
	id := d.policy("Finance", euAnd, false)
	if d.want(d.get("/policies/"+id), http.StatusOK).Find(`a[href="/policies/copy?id=`+id+`"]`).Text() != "Copy" {
		t.Error("the page does not offer Copy")
	}
	page := d.want(d.get("/policies/copy?id="+id), http.StatusOK)
	renamed := `((subject.name="us") and (resource.stream.name="Finance"))`
	d.wants(page, "Conditions of Finance (us)", renamed)
	next := ""
	for _, a := range page.Find("a").EachIter() {
		if squeeze(a.Text()) == "Continue" {
			next = a.AttrOr("href", "")
		}
	}
	filled := d.want(d.get(next), http.StatusOK)
	form := values(filled)
	if form.Get("name") != "Finance (us)" || form.Get("conditions") != renamed || form.Get("reason") != `Copy of "Finance"` || form.Has("id") {
		t.Errorf("filled in: %v", form)
	}
	if all, err := d.store.AllPolicies(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("stored before Apply: %v %v", all, err)
	}
	d.want(d.post(action(filled), form), http.StatusSeeOther)
	if all, err := d.store.AllPolicies(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("stored: %v %v", all, err)
	}
}

func TestCopyOfWhatNamesNoDeployment(t *testing.T) {
	d := newDesk(t)
	id := d.guard("HR", `resource.stream.name="HR"`)
	page := d.want(d.get("/policies/copy?id="+id), http.StatusOK)
	d.wants(page, "Its conditions name no deployment", `resource.stream.name="HR"`)
	filled := d.want(d.get("/policies/guards/new?"+url.Values{"copy": {id}}.Encode()), http.StatusOK)
	if form := values(filled); form.Get("name") != "HR (copy)" || form.Get("effect") != "never" {
		t.Errorf("filled in: %v", form)
	}
	d.want(d.get("/policies/copy?id="+id+"&id=x"), http.StatusUnprocessableEntity)
	d.want(d.get("/policies/copy?id=gone"), http.StatusNotFound)
}
