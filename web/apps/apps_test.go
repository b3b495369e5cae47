package apps_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
)

func TestAnEmptyOverviewSaysWhatToDo(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/apps"), http.StatusOK)
	d.wants(page, "No app: nothing can be distributed.")
	if diff := cmp.Diff([]string{"Upload app"}, buttons(page)); diff != "" {
		t.Error(diff)
	}
}

func TestUploadPublishAndReplace(t *testing.T) {
	d := newDesk(t)
	form := d.want(d.get("/apps/upload"), http.StatusOK)
	d.wants(form, "File", "The file travels as it is, private sheets included.")
	if form.Find(`input[type=file][name=file][accept=".qvf"]`).Length() != 1 || form.Find(`form[enctype="multipart/form-data"]`).Length() != 1 {
		t.Error("no field for the file")
	}
	sent := d.want(d.upload("/apps/upload", "x.qvf", qvf("Quarterly report", "one")), http.StatusSeeOther)
	if sent.location != "/apps" || !strings.Contains(d.notice, "Quarterly report") || !strings.Contains(d.notice, "Publish") {
		t.Errorf("to %q: %s", sent.location, d.notice)
	}
	list := d.want(d.get("/apps"), http.StatusOK)
	d.wants(list, "Quarterly report", "Not published", "ana")
	at := list.Find("th.name a").AttrOr("href", "")

	page := d.want(d.get(at), http.StatusOK)
	d.wants(page, "SHA-256", "Owner ana", "Generation 1", "Created")
	if diff := cmp.Diff([]string{"Apply", "Cancel", "Publish", "Replace", "Delete"}, buttons(page)); diff != "" {
		t.Error(diff)
	}
	d.wants(d.want(d.get(at+"/prediction?stream="+d.finance), http.StatusOK), "Will go to: eu")
	d.wants(d.want(d.get(at+"/prediction?stream="+d.sales), http.StatusOK), "Will stay on the site: no policy matches")
	d.wants(d.get(at+"/publish"), "Finance Will go to: eu.", "Sales Will stay on the site: no policy matches.")

	d.want(d.post(at+"/publish", url.Values{"stream": {d.finance}}), http.StatusSeeOther)
	if want := "Published to Finance. Will go to: eu."; d.notice != want {
		t.Errorf("%q, want %q", d.notice, want)
	}
	page = d.want(d.get(at), http.StatusOK)
	if diff := cmp.Diff([]string{"Apply", "Cancel", "Distribute now", "Move", "Replace", "Unpublish", "Delete"}, buttons(page)); diff != "" {
		t.Error(diff)
	}
	d.want(d.upload(at+"/replace", "y.qvf", qvf("Other title", "two")), http.StatusSeeOther)
	if want := "Replaced. Will go to: eu."; d.notice != want {
		t.Errorf("%q, want %q", d.notice, want)
	}
	page = d.get(at)
	d.wants(page, "Generation 3", "Replaced ana")
	if h1 := page.Find("h1").Text(); h1 != "Quarterly report" {
		t.Errorf("the app is called %q", h1)
	}
	if n := d.files(); n != 1 {
		t.Errorf("%d files in the library: the old one was to go", n)
	}
}

func TestWhatIsNoQVFIsRefused(t *testing.T) {
	d := newDesk(t)
	for name, c := range map[string]struct {
		answer  answer
		message string
	}{
		"no qvf":    {d.upload("/apps/upload", "notes.txt", []byte("some words")), "This is no .qvf file"},
		"empty":     {d.upload("/apps/upload", "x.qvf", nil), "The file is empty"},
		"no file":   {d.upload("/apps/upload", "", nil), "Choose a .qvf file."},
		"no form":   {d.post("/apps/upload", nil), "Choose a .qvf file."},
		"too large": {d.upload("/apps/upload", "x.qvf", qvf("Big", strings.Repeat("x", 9<<20))), "larger than"},
		"cut":       {d.send(http.MethodPost, "/apps/upload", "multipart/form-data; boundary=b", strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.qvf\"\r\n\r\n"+string(qvf("Cut", "off")))), "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{TB: t}
			d.want(c.answer, http.StatusUnprocessableEntity)
			if text := c.answer.Find("#file-error").Text(); !strings.Contains(text, c.message) {
				t.Errorf("at the field stands %q, want %q", text, c.message)
			}
			d.wants(c.answer, "Nothing was saved.", "Upload app")
		})
	}
	if n := d.files(); n != 0 {
		t.Errorf("%d files were left in the library", n)
	}
	id := d.app(1, "Sales")
	refused := d.want(d.upload("/apps/"+id+"/replace", "x.qvf", []byte("no")), http.StatusUnprocessableEntity)
	d.wants(refused, "This is no .qvf file", `Replace "Sales"`)
}

// A browser that leaves in the middle of its upload leaves nothing behind.
func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	d := newDesk(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.server.Listener.Addr().String())
	d.ok(err)
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.qvf\"\r\n\r\n" + string(qvf("Half", "a file"))
	_, err = fmt.Fprintf(conn, "POST /apps/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body)+1000, body)
	d.ok(err)
	d.ok(conn.(*net.TCPConn).CloseWrite())
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	d.ok(err)
	d.ok(response.Body.Close())
	d.ok(conn.Close())
	if response.StatusCode != http.StatusUnprocessableEntity || d.files() != 0 {
		t.Errorf("status %d, %d files", response.StatusCode, d.files())
	}
}

func TestPublishNeedsAStream(t *testing.T) {
	d := newDesk(t)
	at := "/apps/" + d.app(1, "Plan")
	page := d.want(d.post(at+"/publish", url.Values{"stream": {""}}), http.StatusUnprocessableEntity)
	d.wants(page, "Nothing was done.", "Choose a stream.")
	page = d.want(d.post(at+"/publish", url.Values{"stream": {"gone"}}), http.StatusUnprocessableEntity)
	d.wants(page, "Choose a stream.")
	d.want(d.post(at+"/publish", url.Values{"stream": {d.sales}}), http.StatusSeeOther)
	if want := "Published to Sales. Will stay on the site: no policy matches."; d.notice != want {
		t.Errorf("%q, want %q", d.notice, want)
	}
	page = d.want(d.post(at+"/publish", url.Values{"stream": {d.sales}}), http.StatusUnprocessableEntity)
	d.wants(page, "The app is in Sales already.") // sent twice
	page = d.want(d.post(at+"/publish", url.Values{"stream": {d.finance}}), http.StatusUnprocessableEntity)
	d.wants(page, "is published already")
	if chosen := page.Find("option[selected]").Text(); chosen != "Finance" {
		t.Errorf("the choice was lost: %q", chosen)
	}
}

// The dialog offers the same as the page, and its words do not collide with the button that opens it.
func TestTheDialogOfPublish(t *testing.T) {
	d := newDesk(t)
	page := d.get("/apps/" + d.app(1, "Plan"))
	if opener := page.Find(`.actions a[data-dialog=publish]`); opener.AttrOr("href", "") != "/apps/00000000-0000-4000-8000-000000000001/publish" {
		t.Error("without scripts Publish leads nowhere")
	}
	dialog := page.Find("dialog#publish")
	selected := dialog.Find("select[name=stream]")
	if selected.AttrOr("hx-get", "") == "" || dialog.Find(selected.AttrOr("hx-target", "")).AttrOr("role", "") != "status" {
		t.Error("the prediction does not follow the choice")
	}
	if dialog.Find("label").Text() != "Stream" || dialog.Find("button[type=submit]").Text() == "" {
		t.Error("the dialog has no field Stream or no button")
	}
}

func TestMoveUnpublishDistributeDelete(t *testing.T) {
	d := newDesk(t)
	d.want(d.upload("/apps/upload", "x.qvf", qvf("Cash flow", "one")), http.StatusSeeOther)
	at := d.get("/apps").Find("th.name a").AttrOr("href", "")
	d.want(d.post(at+"/publish", url.Values{"stream": {d.sales}}), http.StatusSeeOther)

	move := d.want(d.get(at+"/move"), http.StatusOK)
	d.wants(move, `Move "Cash flow"`, "Finance Will go to: eu.")
	if strings.Contains(move.Find("select").Text(), "Sales") {
		t.Error("it may be moved to where it is")
	}
	d.want(d.post(at+"/move", url.Values{"stream": {d.finance}}), http.StatusSeeOther)
	if want := "Moved to Finance. Will go to: eu."; d.notice != want {
		t.Errorf("%q, want %q", d.notice, want)
	}
	before := d.events
	d.want(d.post(at+"/distribute", nil), http.StatusSeeOther)
	if want := "Distribution requested. Will go to: eu."; d.notice != want || d.events != before+1 {
		t.Errorf("%q, %d events", d.notice, d.events-before)
	}
	d.wants(d.get(at+"/unpublish"), "no longer distributed", "No tenant holds a copy")
	d.want(d.post(at+"/unpublish", nil), http.StatusSeeOther)
	d.wants(d.want(d.post(at+"/unpublish", nil), http.StatusUnprocessableEntity), "is not published")
	d.want(d.post(at+"/distribute", nil), http.StatusConflict)
	d.wants(d.get(at+"/delete"), "This cannot be undone.", "no tenant gets anything of it")
	gone := d.want(d.post(at+"/delete", nil), http.StatusSeeOther)
	if gone.location != "/apps" || d.files() != 0 {
		t.Errorf("to %s, %d files left", gone.location, d.files())
	}
	for _, path := range []string{at, at + "/publish", at + "/move", at + "/replace", at + "/unpublish", at + "/delete", at + "/prediction"} {
		d.want(d.get(path), http.StatusNotFound)
	}
	d.want(d.upload(at+"/replace", "x.qvf", qvf("x", "y")), http.StatusNotFound)
}

func TestEditKeepsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	id := d.app(1, "Plan")
	page := d.get("/apps/" + id)
	box := page.Find(`input[value="South"]`)
	if box.Length() != 1 || strings.Contains(page.Find("form#app").Text(), "Board") {
		t.Fatal("the properties for apps, and only these, are to be offered")
	}
	form := url.Values{"name": {""}, "description": {"Two\r\nlines"}, "tags": {"b, a"}, box.AttrOr("name", ""): {"South"}}
	page = d.want(d.post("/apps/"+id, form), http.StatusUnprocessableEntity)
	d.wants(page, "Not applied.", "Enter a name.", "Two lines")
	_, ticked := page.Find(`input[value="South"]`).Attr("checked")
	if tags := page.Find("#tags").AttrOr("value", ""); tags != "b, a" || !ticked {
		t.Errorf("lost: tags %q, ticked %v", tags, ticked)
	}
	form.Set("tags", strings.Repeat("x", 257))
	form.Set("name", "Plan 2")
	page = d.want(d.post("/apps/"+id, form), http.StatusUnprocessableEntity)
	if page.Find("#tags-error").Length() != 1 {
		t.Error("a tag that is too long has no message")
	}
	form.Set("tags", "b, a")
	d.want(d.post("/apps/"+id, form), http.StatusSeeOther)
	app, err := d.store.App(t.Context(), id)
	d.ok(err)
	if diff := cmp.Diff(map[string][]string{"Region": {"South"}}, app.Properties); diff != "" || app.Name != "Plan 2" || app.Description != "Two\nlines" {
		t.Errorf("%s%+v", diff, app)
	}
	d.wants(d.get("/apps/"+id), "Changed ana", "Plan 2")
	form.Set(box.AttrOr("name", ""), "Nowhere")
	d.wants(d.want(d.post("/apps/"+id, form), http.StatusUnprocessableEntity), "does not offer the value")
}

func TestATabThatWasOpenedBeforeAChangeDoesNotUndoIt(t *testing.T) {
	d := newDesk(t)
	at := "/apps/" + d.app(1, "Plan")
	opened := d.get(at).Find("input[name=opened]").AttrOr("value", "")
	d.want(d.post(at, url.Values{"name": {"Plan"}, "tags": {"first"}, "opened": {opened}}), http.StatusSeeOther)
	page := d.want(d.post(at, url.Values{"name": {"Plan"}, "tags": {"second"}, "opened": {opened}}), http.StatusUnprocessableEntity)
	d.wants(page, "This was changed meanwhile.")
	if tags := page.Find("#tags").AttrOr("value", ""); tags != "second" {
		t.Errorf("lost: tags %q", tags)
	}
	opened = d.get(at).Find("input[name=opened]").AttrOr("value", "")
	d.want(d.post(at, url.Values{"name": {"Plan"}, "tags": {"second"}, "opened": {opened}}), http.StatusSeeOther)
}

func TestTheOverviewFiltersSortsAndPages(t *testing.T) {
	d := newDesk(t)
	for i := range 60 {
		d.app(i, fmt.Sprintf("App %02d", i))
	}
	d.ok(d.store.PublishApp(t.Context(), "00000000-0000-4000-8000-000000000007", d.finance, ""))
	first := d.want(d.get("/apps?sort=name&dir=desc"), http.StatusOK)
	names := first.Find("th.name").Map(func(_ int, s *goquery.Selection) string { return squeeze(s.Text()) })
	if len(names) != 50 || names[0] != "App 59" {
		t.Fatalf("%d rows from %s", len(names), names[0])
	}
	d.wants(first, "60 apps", "Next 50")
	second := d.want(d.get("/apps"+first.Find("a[rel=next]").AttrOr("href", "")), http.StatusOK)
	if n := second.Find("th.name").Length(); n != 10 || second.Find("a[rel=next]").Length() != 0 {
		t.Errorf("%d rows on the second page", n)
	}
	for query, want := range map[string]int{"?q=app+1": 10, "?stream=" + d.finance: 1, "?published=yes": 1, "?published=no&q=07": 0} {
		page := d.want(d.get("/apps"+query), http.StatusOK)
		if n := page.Find("th.name").Length(); n != want {
			t.Errorf("%s: %d rows, want %d", query, n, want)
		}
		if want == 0 {
			d.wants(page, "No app matches.", "Clear filters")
		}
	}
	if sorted := first.Find("th[aria-sort=descending]").AttrOr("data-col", ""); sorted != "name" {
		t.Errorf("sorted by %q", sorted)
	}
	d.want(d.get("/apps?after=damaged"), http.StatusUnprocessableEntity)
}

func TestReadersSeeNoWayToChange(t *testing.T) {
	d := newDesk(t)
	id := d.app(1, "Plan")
	d.user.Role = account.Reader
	for _, path := range []string{"/apps", "/apps/" + id} {
		if page := d.want(d.get(path), http.StatusOK); len(buttons(page)) > 1 { // the choice of columns
			t.Errorf("%s: %q", path, buttons(page))
		}
	}
	if _, err := d.store.App(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
