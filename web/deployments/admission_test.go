package deployments_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
)

func TestWhatMayGoIsKeptAndShown(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	d.wants(page, "What may go", "Apps with section access", "Hold", "Send", "Never", "Largest app")
	if form.Get("sectionaccess") != "" || form.Get("largestapp") != "" {
		t.Errorf("a new deployment begins with %q and %q", form.Get("sectionaccess"), form.Get("largestapp"))
	}
	client(form)
	form.Set("sectionaccess", "never")
	form.Set("largestapp", "1.5 tb")
	to := d.want(d.post(action(page), form), http.StatusSeeOther).location
	stored, err := d.store.Deployment(t.Context(), idIn(to))
	if want := (deployment.Admission{SectionAccess: deployment.NeverAccess, LargestApp: 1.5e12}); err != nil || stored.Admission != want {
		t.Fatalf("%+v, %v", stored.Admission, err)
	}
	again := d.get(d.get(to).location)
	if kept := values(again); kept.Get("sectionaccess") != "never" || kept.Get("largestapp") != "1.5 TB" {
		t.Errorf("shows %q and %q", kept.Get("sectionaccess"), kept.Get("largestapp"))
	}
	d.wants(again, "Never", "1.5 TB") // in the history, too
}

func TestWhatMayGoFaultsStandAtTheirFields(t *testing.T) {
	d := newDesk(t)
	for field, value := range map[string]string{"largestapp": "big", "sectionaccess": "perhaps"} {
		page, form := d.open()
		client(form)
		form.Set(field, value)
		refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
		if got := squeeze(refused.Find("#" + field + "-error").Text()); got == "" {
			t.Errorf("no fault at %s", field)
		}
		if field == "largestapp" && (values(refused).Get(field) != value || !strings.Contains(squeeze(refused.Find("#largestapp-error").Text()), "such as 5 GB")) {
			t.Errorf("%s lost what was typed", field)
		}
	}
}
