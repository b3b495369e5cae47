package status_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// held pauses an app's delivery to us for a cause.
func (n *night) held(app int, cause distribution.Cause) distribution.StatusRow {
	n.Helper()
	row := must(n.StatusRow(n.Context(), fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", app), n.us))
	d := row.Delivery
	d.State, d.Cause, d.Message = distribution.Paused, cause, "It waits."
	if err := n.BindTenant(n.Context(), n.us, "t-us"); err != nil {
		n.Fatal(err)
	}
	if err := n.Save(n.Context(), d, distribution.Attempt{}); err != nil {
		n.Fatal(err)
	}
	return must(n.StatusRow(n.Context(), d.AppID, n.us))
}

func TestHeldAppIsReleasedOnItsPage(t *testing.T) {
	n := newNight(t)
	row := n.held(0, distribution.AccessHeld)
	n.held(1, distribution.AccessHeld)
	n.held(2, distribution.AccessHeld)
	at := "/status/" + row.Delivery.AppID + "/" + n.us
	page := n.get(at)
	release := page.Find(`button[formaction="/status/release"]`)
	if release.Text() != "Release" || !strings.Contains(page.Text(), "When somebody releases it.") || !strings.Contains(page.Text(), "Release sends it on") {
		t.Errorf("page: %s", page.Find("main").Text())
	}
	if !strings.Contains(page.Text(), "This app is not placed there.") {
		t.Error("what waits imported in the tenant is denied")
	}
	list := n.get("/status?tab=attention")
	if href := list.Find(`a:contains("Review 3")`).AttrOr("href", ""); !strings.Contains(href, "cause=access-held") || n.get(href).Find(`button[formaction="/status/release"]`).Length() != 1 {
		t.Errorf("the fold leads to %q", href)
	}
	response, err := http.PostForm(n.server.URL+"/status/release", url.Values{"id": {row.Delivery.ID}, "back": {at}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if after := must(n.StatusRow(t.Context(), row.Delivery.AppID, n.us)); after.Shown != distribution.Waiting || !strings.HasPrefix(n.notice, "1 of 1 deliveries released.") {
		t.Errorf("%s, notice %q", after.Shown, n.notice)
	}
}

func TestTooLargeAppSaysWhatToDo(t *testing.T) {
	n := newNight(t)
	row := n.held(0, distribution.OverLimit)
	text := n.get("/status/" + row.Delivery.AppID + "/" + n.us).Text()
	for _, want := range []string{"Raise Largest app on the deployment, or make the app smaller.", "As soon as Largest app is raised"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestPlacementTellsSectionAccessAndMemory(t *testing.T) {
	n := newNight(t)
	n.held(0, distribution.AccessHeld)
	row := must(n.StatusRow(t.Context(), "00000000-0000-4000-8000-000000000000", n.us))
	_ = must(n.ReleaseAccess(t.Context(), []string{row.Delivery.ID}))
	d := must(n.StatusRow(t.Context(), row.Delivery.AppID, n.us)).Delivery
	for _, s := range []distribution.State{distribution.Importing, distribution.Placing} {
		d.State = s
		if err := n.Save(t.Context(), d, distribution.Attempt{}); err != nil {
			t.Fatal(err)
		}
	}
	p := distribution.Placement{TenantID: "t-us", RemoteID: "r", AppName: "App 0", SectionAccess: site.HasSectionAccess, Memory: 6_200_000_000, MemoryLimit: 5_000_000_000,
		Warnings: []string{"It needs 6.2 GB in memory, the tenant allows 5 GB: it may not open."}}
	if err := n.Place(t.Context(), d, distribution.Attempt{}, p); err != nil {
		t.Fatal(err)
	}
	text := n.get("/status/" + d.AppID + "/" + n.us).Text()
	for _, want := range []string{"yes, released by", "6.2 GB of 5 GB", "it may not open."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestAttemptTellsWhatTheStatusDoesNot(t *testing.T) {
	n := newNight(t)
	if err := n.BindTenant(t.Context(), n.us, "t-us"); err != nil {
		t.Fatal(err)
	}
	for app, c := range []struct {
		attempt distribution.Attempt
		want    string
	}{
		{distribution.Attempt{Status: 200, Error: "It is a web page."}, "It is a web page."},
		{distribution.Attempt{Status: 503, Error: "Too busy."}, "503"},
	} {
		d := must(n.StatusRow(t.Context(), fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", app), n.us)).Delivery
		d.State, d.Message = distribution.Retrying, c.attempt.Error
		c.attempt.DeliveryID, c.attempt.Number, c.attempt.Started, c.attempt.Ended = d.ID, 1, time.Now(), time.Now()
		if err := n.Save(t.Context(), d, c.attempt); err != nil {
			t.Fatal(err)
		}
		cells := n.get("/status/" + d.AppID + "/" + n.us).Find("table.attempts tbody tr").First().Find("td")
		if got := cells.Eq(2).Text(); got != c.want || cells.Eq(1).Text() != "–" {
			t.Errorf("%q at stage %q, want %q", got, cells.Eq(1).Text(), c.want)
		}
	}
}
