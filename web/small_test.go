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
	if none := b.get("/users?q=nobody").text(); !strings.Contains(none, "No user matches.") || strings.Contains(none, "May sign in") {
		t.Errorf("search for nobody: %s", none)
	}
}
