package repository

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
)

const exporter = "UserDirectory=SERVICE; UserId=skyferry"

// TestRowsHiddenFromOneUser: some apps, or a share of them, are hidden from one user and from nobody else.
func TestRowsHiddenFromOneUser(t *testing.T) {
	f := newFixture(t)
	hidden := f.id("app", "Sales overview")
	id := f.own("POST", "/faults", fmt.Sprintf(`{"kind":"hidden-rows","ids":[%q],"user":"service\\SKYFERRY"}`, hidden)).want(201).object()["id"].(string)
	if n := len(f.found("app", "")); n != 7 {
		t.Errorf("others see %d apps", n)
	}
	f.user = exporter
	if found := f.found("app", ""); len(found) != 6 || slices.Contains(found, "Sales overview") {
		t.Errorf("the user sees %v", found)
	}
	f.call("GET", "/qrs/app/"+hidden, "").want(404)
	f.call("POST", "/qrs/app/"+hidden+"/export/060dcbca-4782-4f99-a7c4-767190e85355", "").want(404)
	if n := f.call("GET", "/qrs/app/count", "").object()["value"]; n != 6.0 {
		t.Errorf("count: %v", n)
	}
	if found := f.found("app/object", "app.name eq 'Sales overview'"); len(found) != 0 {
		t.Errorf("objects of a hidden app: %v", found)
	}
	f.own("DELETE", "/faults/"+id, "").want(204)
	f.own("POST", "/faults", `{"kind":"hidden-rows","percent":100,"user":"SERVICE\\skyferry"}`).want(201)
	if found := f.found("app", ""); len(found) != 0 {
		t.Errorf("the user still sees %v", found)
	}
	f.own("POST", "/faults", `{"kind":"hidden-rows","percent":5,"ids":["x"]}`).want(400)
	f.own("POST", "/faults", `{"kind":"boot","user":"A\\b"}`).want(400)
	f.own("POST", "/faults", `{"kind":"forbidden","user":"nobody"}`).want(400)
}

// TestUsersWithoutRights: by a fault, or because they are inactive, they see nothing at all.
func TestUsersWithoutRights(t *testing.T) {
	f := newFixture(t)
	user := f.call("GET", "/qrs/user/full?filter="+url.QueryEscape("userId eq 'skyferry'"), "").list()[0]
	f.own("POST", "/faults", `{"kind":"no-rights","user":"SERVICE\\skyferry"}`).want(201)
	blind := func() {
		t.Helper()
		f.user = exporter
		for _, kind := range []string{"app", "stream", "user", "custompropertydefinition", "systemrule", "app/object"} {
			if n := len(f.call("GET", "/qrs/"+kind+"/full", "").want(200).list()); n != 0 {
				t.Errorf("%d %ss are seen", n, kind)
			}
		}
		f.call("GET", "/qrs/about", "").want(200)
	}
	blind()
	f.own("DELETE", "/faults", "").want(204)
	if len(f.found("app", "")) != 7 {
		t.Error("the right did not come back")
	}
	f.user = "UserDirectory=INTERNAL; UserId=sa_api"
	user["inactive"] = true
	f.putTo("user", user).want(200)
	blind()
}

func TestForbiddenByUser(t *testing.T) {
	f := newFixture(t)
	id := f.id("app", "Sales overview")
	export := "/qrs/app/" + id + "/export/060dcbca-4782-4f99-a7c4-767190e85355"
	f.own("POST", "/faults", `{"kind":"export-forbidden","user":"SERVICE\\skyferry"}`).want(201)
	f.call("POST", export, "").want(201)
	f.user = exporter
	f.call("POST", export, "").want(403)
	f.call("GET", "/qrs/app/"+id, "").want(200)
	f.own("POST", "/faults", `{"kind":"forbidden","user":"SERVICE\\skyferry"}`).want(201)
	f.call("GET", "/qrs/about", "").want(403)
	f.user = "UserDirectory=INTERNAL; UserId=sa_api"
	f.call("GET", "/qrs/about", "").want(200)
}
