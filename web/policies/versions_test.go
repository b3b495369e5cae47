package policies_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changedTwice is a policy in version 3.
func (d *desk) changedTwice() string {
	d.Helper()
	at := "/policies/" + d.policy("Finance", "subject.name=\"eu\"\nand resource.name=\"x\"", false)
	for i, conditions := range []string{euOnly, "subject.name=\"eu\"\nand resource.name=\"y\""} {
		form := values(d.want(d.get(at), http.StatusOK))
		form.Set("conditions", conditions)
		form.Set("reason", []string{"T-1", "T-2"}[i])
		d.want(d.post(at, form), http.StatusSeeOther)
	}
	return at
}

func TestVersions(t *testing.T) {
	d := newDesk(t)
	at := d.changedTwice()
	if d.want(d.get(at), http.StatusOK).Find(`#history a[href="`+at+`/versions"]`).Text() != "Versions" {
		t.Error("the page does not lead to the versions")
	}
	page := d.want(d.get(at+"/versions"), http.StatusOK)
	for key, want := range map[string][]string{
		"version": {"3", "2", "1"}, "who": {"admin", "admin", "Skyferry"}, "reason": {"T-2", "T-1", "–"},
		"changed": {"Conditions", "Conditions", "Created"}, "do": {"Now", "Restore", "Restore"},
	} {
		if diff := cmp.Diff(want, column(page, key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	compared := d.want(d.get(at+"/versions?from=1&to=3"), http.StatusOK)
	d.wants(compared, "Version 1 compared with version 3", "Conditions")
	if came, went, same := squeeze(compared.Find("ins").Text()), squeeze(compared.Find("del").Text()), squeeze(compared.Find(".diff-line span:not(.visually-hidden)").Text()); came != `New: and resource.name="y"` || went != `Old: and resource.name="x"` || same != `subject.name="eu"` {
		t.Errorf("came %q, went %q, same %q", came, went, same)
	}
	d.wants(d.want(d.get(at+"/versions?from=2&to=2"), http.StatusOK), "They say the same.")
	d.want(d.get(at+"/versions?from=1&to=9"), http.StatusNotFound)
	d.want(d.get("/policies/gone/versions"), http.StatusNotFound)
}

func TestRestoreWritesNothingBeforeApply(t *testing.T) {
	d := newDesk(t)
	at := d.changedTwice()
	page := d.want(d.get(at+"?restore=2"), http.StatusOK)
	form := values(page)
	if form.Get("conditions") != euOnly || form.Get("reason") != "Restore version 2" || form.Get("version") != "3" {
		t.Errorf("filled in: %v", form)
	}
	d.wants(page, "+3 newly to eu")
	d.wants(d.get(at+"/versions"), "Version 3")
	d.want(d.post(at, form), http.StatusSeeOther)
	versions := d.want(d.get(at+"/versions"), http.StatusOK)
	if diff := cmp.Diff([]string{"Restore version 2", "T-2", "T-1", "–"}, column(versions, "reason")); diff != "" {
		t.Error(diff)
	}
	d.want(d.get(at+"?restore=77"), http.StatusNotFound)
}

func TestDeletedPolicyKeepsItsVersions(t *testing.T) {
	d := newDesk(t)
	at := d.changedTwice()
	d.want(d.post("/policies/delete", url.Values{"id": {at[len("/policies/"):]}}), http.StatusSeeOther)
	page := d.want(d.get(at+"/versions"), http.StatusOK)
	d.wants(page, "It is deleted.", "T-2")
	if page.Find(`a[href*="restore"]`).Length() != 0 {
		t.Error("a deleted policy can be restored")
	}
}

func TestReasonIsBounded(t *testing.T) {
	d := newDesk(t)
	at := d.changedTwice()
	form := values(d.want(d.get(at), http.StatusOK))
	long := make([]byte, 501)
	for i := range long {
		long[i] = 'x'
	}
	form.Set("reason", string(long))
	form.Set("description", "new")
	refused := d.want(d.post(at, form), http.StatusUnprocessableEntity)
	if refused.Find("#reason-error").Length() != 1 {
		t.Error("no message at the reason")
	}
}
