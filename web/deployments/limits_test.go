package deployments_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
)

func TestLimitsAreKeptAndShown(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	if form.Get("direct") != "4" || form.Get("hold") != "25" || form.Get("plan") != "" {
		t.Errorf("filled in: %v", form)
	}
	if head := squeeze(page.Find("#limits summary").Text()); head != "LimitsHold more than 25 new apps at once" {
		t.Errorf("the closed group says %q", head)
	}
	form.Set("name", "eu")
	form.Set("endpoint", "https://acme.eu.qlikcloud.com")
	for name, value := range map[string]string{"plan": "Other", "imports": "1000", "bandwidth": "0.1", "direct": "0.5", "chunk": "300", "uploadlife": "1.5", "hold": "0"} {
		form.Set(name, value)
	}
	to := d.want(d.post(action(page), form), http.StatusSeeOther).location
	stored, err := d.store.Deployment(t.Context(), idIn(to))
	want := deployment.Limits{Plan: deployment.OtherPlan, ImportsPerDay: 1000, Bandwidth: 12_500, Direct: 512 << 10, Chunk: 300 << 20, UploadLife: 90 * time.Minute}
	if diff := cmp.Diff(want, stored.Limits); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	again := d.get(to)
	kept := values(again)
	for _, name := range []string{"plan", "imports", "bandwidth", "direct", "chunk", "uploadlife", "hold"} {
		if kept.Get(name) != form.Get(name) {
			t.Errorf("%s came back as %q, not %q", name, kept.Get(name), form.Get(name))
		}
	}
	d.wants(again, "Other · Hold every new app · 0.1 Mbit/s", "0 used, about 0 expected, 1,000 allowed", "41 of 5,000 in 5 min", "Calls: changing, closed until", "0.1 Mbit/s at most")
}

func TestLimitsThatAreWrongStandAtTheirFields(t *testing.T) {
	d := newDesk(t)
	for field, wrong := range map[string][]string{
		"plan": {"Gold"}, "imports": {"", "0", "-1", "many", "1000001"}, "bandwidth": {"0", "0.05", "fast", "-3", "1e9", "NaN"},
		"direct": {"-1", "65", "x"}, "chunk": {"0.5", "2000", "x"}, "uploadlife": {"0", "0.5", "73", "1e300", "x"},
	} {
		for _, value := range wrong {
			page, form := d.open()
			form.Set("name", "eu")
			form.Set("endpoint", "https://acme.eu.qlikcloud.com")
			form.Set("plan", "Other")
			form.Set("imports", "10")
			form.Set(field, value)
			refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
			if text := refused.Find("#" + field + "-error").Text(); text == "" || strings.Contains(text, "%") {
				t.Errorf("%s %q: beside it stands %q", field, value, text)
			}
			if _, open := refused.Find("#limits").Attr("open"); !open {
				t.Errorf("%s %q: the group is closed", field, value)
			}
			if got := values(refused).Get(field); got != value && field != "plan" {
				t.Errorf("%s %q came back as %q", field, value, got)
			}
		}
	}
}
