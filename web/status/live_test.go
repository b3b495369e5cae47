package status_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

func TestLiveStreamTellsWhatChanges(t *testing.T) {
	n := newNight(t)
	page := n.get("/status?tab=all")
	address, _ := page.Find("[sse-connect]").Attr("sse-connect")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request := must(http.NewRequestWithContext(ctx, http.MethodGet, n.server.URL+address, nil))
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("content type %q", kind)
	}
	n.become(2, n.eu, failed)
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	seen := map[string]bool{}
	for !seen["counts"] && lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			seen[name] = true
		}
	}
	if !seen["row-00000000-0000-4000-8000-000000000002-"+n.eu] || !seen["news"] {
		t.Errorf("events: %v", seen)
	}
	n.hub.End() // the server stops: the stream ends by itself
	for lines.Scan() {
	}
	if err := ctx.Err(); err != nil {
		t.Error("the stream did not end with the server")
	}
}

func TestLiveStreamTellsMoreThanOneAnswerHolds(t *testing.T) {
	n := newNight(t)
	const apps = 101 // each goes to two deployments, and an answer of the store holds 200 rows
	stream := must(n.CreateStream(t.Context(), site.Stream{Name: "Sales"}))
	for i := range apps {
		app := site.App{ID: fmt.Sprintf("10000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("Burst %d", i), Size: 5, SHA256: "aa", Stream: &site.Stream{ID: stream}}
		if err := n.CreateApp(t.Context(), app); err != nil {
			t.Fatal(err)
		}
	}
	n.decide()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	response := must(http.DefaultClient.Do(must(http.NewRequestWithContext(ctx, http.MethodGet, n.server.URL+"/status/events?tab=all&since=0", nil))))
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	rows, news := 0, ""
	for lines.Scan() && lines.Text() != "event: counts" {
		if strings.Contains(lines.Text(), "new changes · Show") {
			news = lines.Text()
		}
		if strings.HasPrefix(lines.Text(), "event: row-1") {
			rows++
		}
	}
	if rows != 2*apps {
		t.Errorf("%d rows were told, want %d", rows, 2*apps)
	}
	if !strings.Contains(news, "<a ") { // they came after the page was written and before the stream began
		t.Errorf("rows that the page cannot have are not offered: %s", news)
	}
}
