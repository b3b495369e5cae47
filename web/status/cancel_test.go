package status_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// TestCancelOfABegunImportSaysWhatItWaitsFor cancels two deliveries, one of which may have made an app in the tenant.
func TestCancelOfABegunImportSaysWhatItWaitsFor(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, func(d *distribution.Delivery) {
		d.State, d.Stage, d.ImportStarted = distribution.Importing, distribution.Importing, time.Now().Add(-61*time.Second)
	})
	begun := must(n.StatusRow(t.Context(), "00000000-0000-4000-8000-000000000001", n.us))
	waiting := must(n.StatusRow(t.Context(), "00000000-0000-4000-8000-000000000002", n.us))
	at := "/status/" + begun.Delivery.AppID + "/" + n.us
	n.post("/status/cancel", url.Values{"id": {begun.Delivery.ID, waiting.Delivery.ID}, "back": {at}}).Body.Close()
	if want := "2 of 2 deliveries cancelled. Nothing is removed in the tenant. 1 of them had begun its import and ends when it is known what that made in the tenant."; n.notice != want {
		t.Errorf("notice %q", n.notice)
	}
	page := n.get(at)
	words := text(page.Find("main"))
	for _, part := range []string{"In the tenant nowIt is not known yet.", "Being cancelled. Cancelled by ", "It ends when it is known what its import made in the tenant. Nothing is sent any more", "what users can see there is shown here. While the tenant answers, this ends within 8 min "} {
		if !strings.Contains(words, part) {
			t.Errorf("the page lacks %q: %s", part, words)
		}
	}
	if page.Find(`button[formaction="/status/cancel"]`).Length() > 0 {
		t.Error("what is being cancelled can be cancelled")
	}
	if row := text(n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"]`)); !strings.Contains(row, "It ends when it is known") {
		t.Errorf("the list says %s", row)
	}
	n.become(1, n.us, func(d *distribution.Delivery) { d.State, d.Cause = distribution.Paused, distribution.PausedAllByAdmin })
	if words := text(n.get(at).Find("main")); !strings.Contains(words, "Being cancelled.") || strings.Contains(words, "While the tenant answers") {
		t.Errorf("nothing is looked up while it is paused: %s", words)
	}
	again := n.post("/status/cancel", url.Values{"id": {begun.Delivery.ID}})
	defer again.Body.Close()
	if again.StatusCode != http.StatusSeeOther || !strings.HasPrefix(n.notice, "0 of 1 deliveries cancelled.") {
		t.Errorf("notice %q", n.notice)
	}
}
