package repository

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/sandbox/content"
)

// travelled names the sheets in the file that an export gives.
func (f *fixture) travelled(id, parameters string) (names []string, file []byte) {
	f.t.Helper()
	path := f.call("POST", "/qrs/app/"+id+"/export/060dcbca-4782-4f99-a7c4-767190e85355?"+parameters, "").want(201).object()["downloadPath"].(string)
	file = f.raw("GET", f.base+path, "", map[string]string{"X-Qlik-User": f.user}).want(200).body
	sheets, _, err := content.ReadSheets(bytes.NewReader(file), int64(len(file)))
	good(f.t, err)
	for _, sheet := range sheets {
		names = append(names, sheet.Title+" "+sheet.Kind)
	}
	slices.Sort(names)
	return names, file
}

func (f *fixture) sheetID(name string) string {
	f.t.Helper()
	return f.id("app/object", name)
}

// TestScopesOfExport: base sheets always travel, community sheets with published, private ones with all.
func TestScopesOfExport(t *testing.T) {
	f := newFixture(t)
	id := f.id("app", "Sales overview")
	_, before := f.travelled(id, "exportScope=published")
	stored := f.own("GET", "/apps/"+id+"/content", "").want(200).body
	if !bytes.Equal(before, stored) {
		t.Error("an app with base sheets only is not exported as it is")
	}
	for _, sheet := range []string{`{"name":"By team","kind":"community","owner":"ACME\\tokafor"}`, `{"name":"Scratch","kind":"private","owner":"ACME\\tokafor"}`} {
		f.own("POST", "/apps/"+id+"/sheet", sheet).want(204)
	}
	for parameters, want := range map[string][]string{
		"":                                    {"Overview base"},
		"exportScope=approved":                {"Overview base"},
		"exportScope=published":               {"By team community", "Overview base"},
		"exportScope=All":                     {"By team community", "Overview base", "Scratch private"},
		"exportScope=published&skipData=true": {"By team community", "Overview base"},
	} {
		names, file := f.travelled(id, parameters)
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v", parameters, names)
		}
		if !strings.Contains(parameters, "skipData") && !bytes.HasPrefix(file, stored) {
			t.Errorf("%s: the file does not begin with the stored bytes", parameters)
		}
		if own := f.own("GET", "/apps/"+id+"/content?exportScope="+strings.TrimPrefix(parameters, "exportScope="), ""); !strings.Contains(parameters, "&") && !bytes.Equal(own.want(200).body, file) {
			t.Errorf("%s: the sandbox's own call gives other bytes", parameters)
		}
	}
	f.call("POST", "/qrs/app/"+id+"/export/060dcbca-4782-4f99-a7c4-767190e85355?exportScope=some", "").want(400)
	// The file is an app file: it is taken in again, with its sheets as private ones of an unpublished app.
	_, file := f.travelled(id, "exportScope=published")
	again := f.call("POST", "/qrs/app/upload?name=Again", string(file)).want(201).object()["id"].(string)
	if found := f.found("app/object", "app.id eq "+again+" and published eq false"); !slices.Equal(found, []string{"By team", "Overview"}) {
		t.Errorf("uploaded again: %v", found)
	}
}

func TestAppObjects(t *testing.T) {
	f := newFixture(t)
	id := f.id("app", "Sales overview")
	f.own("POST", "/apps/"+id+"/sheet", `{"name":"Scratch","kind":"private","owner":"ACME\\tokafor"}`).want(204)
	scratch := f.sheetID("Scratch")
	full := f.call("GET", "/qrs/app/object/full?filter="+url.QueryEscape("app.id eq "+id+" and objectType eq 'sheet'"), "").want(200).list()
	if len(full) != 2 || full[0]["schemaPath"] != "App.Object" || full[0]["app"].(map[string]any)["name"] != "Sales overview" {
		t.Errorf("full: %v", full)
	}
	if n := f.call("GET", "/qrs/app/object/count", "").object()["value"]; n != 8.0 {
		t.Errorf("count: %v", n)
	}
	if brief := f.call("GET", "/qrs/app/object", "").list()[0]; len(brief) != 10 {
		t.Errorf("condensed: %v", brief)
	}
	see := func(user string, status int) {
		t.Helper()
		before := f.user
		f.user = user
		f.call("GET", "/qrs/app/object/"+scratch, "").want(status)
		f.user = before
	}
	see("UserDirectory=ACME; UserId=tokafor", 200)
	see("UserDirectory=ACME; UserId=jberg", 404) // private sheets are their owner's
	published := f.call("PUT", "/qrs/app/object/"+scratch+"/publish", "").want(200).object()
	if published["published"] != true || published["approved"] != false || published["publishTime"] == "1753-01-01T00:00:00.000Z" {
		t.Errorf("published: %v", published)
	}
	see("UserDirectory=ACME; UserId=jberg", 200)
	if o := f.call("POST", "/qrs/app/object/"+scratch+"/approve", "").want(200).object(); o["approved"] != true {
		t.Errorf("approved: %v", o)
	}
	f.call("POST", "/qrs/app/object/"+scratch+"/unapprove", "").want(200)
	if o := f.call("PUT", "/qrs/app/object/"+scratch+"/unpublish", "").want(200).object(); o["published"] != false || o["publishTime"] != "1753-01-01T00:00:00.000Z" {
		t.Errorf("unpublished: %v", o)
	}
	f.call("POST", "/qrs/app/object/"+scratch+"/approve", "").want(400)
	f.user = "UserDirectory=ACME; UserId=tokafor"
	other := f.call("GET", "/qrs/app/object?filter="+url.QueryEscape("app.id eq "+id+" and name eq 'Overview'"), "").list()[0]["id"].(string)
	f.call("PUT", "/qrs/app/object/"+other+"/unpublish", "").want(403)
	f.call("DELETE", "/qrs/app/object/"+scratch, "").want(204)
}

// TestSheetsFollowTheirApp: publishing makes base sheets; replacing changes only those; deleting takes all.
func TestSheetsFollowTheirApp(t *testing.T) {
	f := newFixture(t)
	draft, sales := f.id("app", "Headcount plan"), f.id("app", "Sales overview")
	kinds := func(id string) (names []string) {
		for _, o := range f.own("GET", "/apps/"+id+"/sheets", "").want(200).list() {
			names = append(names, o["name"].(string)+" "+(map[bool]string{true: "base", false: "other"})[o["approved"] == true])
		}
		slices.Sort(names)
		return names
	}
	if got := kinds(draft); !slices.Equal(got, []string{"Overview other"}) {
		t.Errorf("draft: %v", got)
	}
	f.own("POST", "/apps/"+draft+"/sheet", `{"name":"Next","kind":"private"}`).want(204)
	f.own("POST", "/apps/"+sales+"/sheet", `{"name":"Mine","kind":"private","owner":"ACME\\tokafor"}`).want(204)
	f.call("PUT", "/qrs/app/"+draft+"/replace?app="+sales, "").want(200)
	if got := kinds(sales); !slices.Equal(got, []string{"Mine other", "Next base", "Overview base"}) {
		t.Errorf("replaced: %v", got)
	}
	f.own("POST", "/apps/"+draft+"/publish", `{"stream":"HR"}`).want(204)
	if got := kinds(draft); !slices.Equal(got, []string{"Next base", "Overview base"}) {
		t.Errorf("published: %v", got)
	}
	copied := f.call("POST", "/qrs/app/"+sales+"/copy", "").want(201).object()["id"].(string)
	if got := kinds(copied); !slices.Equal(got, []string{"Next other", "Overview other"}) {
		t.Errorf("copied: %v", got)
	}
	f.own("POST", "/apps/"+draft+"/unpublish", "").want(204)
	if got := kinds(draft); !slices.Equal(got, []string{"Next other", "Overview other"}) {
		t.Errorf("unpublished: %v", got)
	}
	before := len(f.call("GET", "/qrs/app/object", "").list())
	f.call("DELETE", "/qrs/app/"+draft, "").want(204)
	if after := len(f.call("GET", "/qrs/app/object", "").list()); after != before-2 {
		t.Errorf("%d objects before, %d after the delete", before, after)
	}
}
