package web_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestSmallListsAreSearchedAndTurnedRound(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("admin")
	for _, name := range []string{"Finance", "Sales"} {
		b.post("/streams", url.Values{"name": {name}})
	}
	all, found := b.get("/streams?dir=desc").text(), b.get("/streams?q=SAL").text()
	if strings.Index(all, "Sales") > strings.Index(all, "Finance") {
		t.Error("descending order does not turn the list round")
	}
	if !strings.Contains(found, "Sales") || strings.Contains(found, "Finance") {
		t.Errorf("search for SAL: %s", found)
	}
	b.post("/streams", url.Values{"name": {"Zebra"}, "owner": {""}})
	if none := b.get("/streams?holds=apps").text(); strings.Contains(none, "Zebra") {
		t.Errorf("filter by apps: %s", none)
	}
	if sorted := b.get("/users?sort=role&dir=desc").page.Find("tbody th").Text(); !strings.HasPrefix(strings.TrimSpace(sorted), "reader") {
		t.Errorf("sorted by role, turned round: %q", sorted)
	}
	if filtered := b.get("/users?role=reader").page.Find("tbody th").Text(); strings.Contains(filtered, "admin") {
		t.Errorf("readers only: %q", filtered)
	}
	if none := b.get("/users?q=nobody").page.Find("tbody").Text(); !strings.Contains(none, "No user matches.") || strings.Contains(none, "May sign in") {
		t.Errorf("search for nobody: %s", none)
	}
}
