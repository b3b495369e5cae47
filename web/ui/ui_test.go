package ui_test

import (
	"context"
	"flag"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/web/ui"
)

var update = flag.Bool("update", false, "write testdata/*.html anew")

var noon = time.Date(2026, 11, 23, 7, 6, 0, 0, time.UTC)

// around renders a component that holds content.
func around(c ui.Component, children ...ui.Component) ui.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func tag(open string, children ...ui.Component) ui.Component {
	name, _, _ := strings.Cut(open, " ")
	return templ.Join(append(append([]ui.Component{templ.Raw("<" + open + ">")}, children...), templ.Raw("</"+name+">"))...)
}

func shell() ui.Shell {
	return ui.Shell{UserName: "a.lindqvist", SiteName: "qs-prod-01", SiteTouch: "in touch", Failed: 13, Paused: 105, Now: noon}
}

func render(t *testing.T, c ui.Component, s ui.Shell) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ui.WithShell(t.Context(), s), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestComponentsRenderAsBefore(t *testing.T) {
	for name, c := range samples() {
		t.Run(name, func(t *testing.T) {
			got := lines(render(t, c, shell()))
			path := filepath.Join("testdata", name+".html")
			if *update {
				write(t, path, got)
			}
			want, _ := os.ReadFile(path)
			if d := cmp.Diff(string(want), got); d != "" {
				write(t, filepath.Join("testdata", name+".got"), got)
				t.Errorf("differs from %s (go test ./web/ui -update writes it anew):\n%s", path, d)
			}
		})
	}
}

// lines breaks HTML between elements, so that a difference is readable. Hashes of files are not what is tested here.
func lines(html string) string {
	html = strings.ReplaceAll(html, "><", ">\n<")
	return hashes.ReplaceAllString(html, ".HASH.") + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNothingNeedsAnInlineStyleOrScript(t *testing.T) {
	for name, c := range samples() {
		html := render(t, c, shell())
		for _, bad := range []string{" style=", "<style", " onclick=", "javascript:", "<script>"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s contains %q, which the content security policy refuses", name, bad)
			}
		}
	}
}

func TestShellSaysWhatStandsStill(t *testing.T) {
	page := ui.Layout(ui.Page{Title: "Apps", Section: "/apps"})
	quiet := shell()
	quiet.Failed, quiet.Paused = 0, 0
	if html := render(t, page, quiet); strings.Contains(html, "/status?tab=attention") || strings.Contains(html, "/distribution/resume") {
		t.Error("a console that is well shows a count or a banner")
	}
	paused := shell()
	paused.PausedAll = &ui.PauseBanner{Since: noon.Add(-time.Hour), Reason: "Tenant move.", By: "j.berg"}
	html := render(t, page, paused)
	for _, want := range []string{`href="/status?tab=attention"`, `action="/distribution/resume"`, "Tenant move (j.berg). New events", "06:06 UTC", `aria-current="page"`, "Sign out"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestErrorPageTellsStrangersNothing(t *testing.T) {
	html := render(t, ui.ErrorPage(404, "No such page", "There is nothing at this address.", "r-1"), ui.Shell{})
	if strings.Contains(html, "/policies") || !strings.Contains(html, "Start page") || !strings.Contains(html, "r-1") {
		t.Error(html)
	}
	if html := render(t, ui.ErrorPage(404, "No such page", "", "r-1"), shell()); !strings.Contains(html, "/policies") {
		t.Error("a 404 within the console does not lead to its sections")
	}
}

func TestTextIsEscaped(t *testing.T) {
	evil := `<script>alert("x")</script>`
	for name, c := range map[string]ui.Component{
		"Text": ui.Text(evil), "Field": ui.Field{Name: "a", Label: evil, Value: evil, Error: evil},
		"DeploymentName": ui.DeploymentName(evil, "", evil), "MessageBox": ui.MessageBox{Bold: evil, Text: evil},
		"Button": ui.Button{Label: evil, Href: "javascript:alert(1)"},
	} {
		if html := render(t, c, shell()); strings.Contains(html, "<script") || strings.Contains(html, "javascript:") {
			t.Errorf("%s: %s", name, html)
		}
	}
}

func TestSortAndFilterKeepTheAddress(t *testing.T) {
	query := url.Values{"q": {"cash"}, "after": {"c1"}, "sort": {"name"}}
	f := ui.FilterBy("Stream", "stream", query, []ui.Option{{Value: "Finance"}})
	if want := "?q=cash&sort=name&stream=Finance"; f.Choices[0].Href != want {
		t.Errorf("filter %q, want %q", f.Choices[0].Href, want)
	}
	column := ui.Column{Key: "name", Label: "Name", Sortable: true}
	for descending, want := range map[bool]string{
		false: `aria-sort="ascending"><span class="th"><a href="?dir=desc&amp;q=cash&amp;sort=name"`,
		true:  `aria-sort="descending"><span class="th"><a href="?q=cash&amp;sort=name"`,
	} {
		html := render(t, ui.SortHeader(column, ui.Sort{By: "name", Descending: descending, Query: query}), shell())
		if !strings.Contains(html, want) {
			t.Errorf("descending %t: %s", descending, html)
		}
	}
}

// A browser that goes back brings typed text back, code too, but no old value over what the page shows only.
func TestTypedTextComesBack(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		var html strings.Builder
		field := ui.Field{Name: "tests", Label: "Tests", Type: "textarea", Mono: true, ReadOnly: readOnly}
		if err := field.Render(t.Context(), &html); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(html.String(), `autocomplete="off"`); got != readOnly {
			t.Errorf("read only %v: %s", readOnly, html.String())
		}
	}
}
