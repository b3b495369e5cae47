package policies_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	three   = `((subject.name="eu") and (resource.stream.name="Finance") or (resource.@Cloud="eu"))`
	grouped = `((subject.name="eu") and ((resource.stream.name="Finance") or (resource.@Cloud="eu")))`
)

// focused gives the id of what has the keyboard after a page came.
func focused(a answer) string { return a.Find("[autofocus]").First().AttrOr("id", "") }

// opened gives the form of a stored policy with these conditions.
func (d *desk) opened(conditions string) (address string, form url.Values) {
	d.Helper()
	address = "/policies/" + d.policy("Policy "+strconv.Itoa(len(conditions)), conditions, false)
	return address, values(d.want(d.get(address), http.StatusOK))
}

func TestButtonsOfTheRows(t *testing.T) {
	d := newDesk(t)
	address, form := d.opened(three)
	for _, step := range []struct {
		ticks      []string
		do         string
		conditions string
		focus      string
		said       string
	}{
		{[]string{"2", "3"}, "group", grouped, "ungroup-1", "Conditions 2 and 3 are group 1 now."},
		{nil, "down:1", `(((subject.name="eu") and (resource.stream.name="Finance") or (resource.@Cloud="eu")))`, "down-1", "Condition 1 is in the group below now."},
		{nil, "up:1", grouped, "up-1", "Condition 1 has left its group."},
		{nil, "groupup:1", `(((resource.stream.name="Finance") or (resource.@Cloud="eu")) and (subject.name="eu"))`, "groupup-1", "Group 1 begins with condition 1 now."},
		{nil, "up:2", `(((resource.@Cloud="eu") or (resource.stream.name="Finance")) and (subject.name="eu"))`, "up-1", "Condition 1 is what was condition 2."},
		{[]string{"1", "3"}, "join", `(((resource.@Cloud="eu") or (resource.stream.name="Finance") and (subject.name="eu")))`, "ungroup-1", "They are group 1 now."},
		{nil, "split:1", `(((resource.@Cloud="eu") or (resource.stream.name="Finance")) and (subject.name="eu"))`, "ungroup-1", "Group 1 is split before condition 3."},
		{nil, "ungroup:1", `((resource.@Cloud="eu") or (resource.stream.name="Finance") and (subject.name="eu"))`, "tick-1", "Group 1 is undone."},
		{[]string{"1", "3"}, "group", `((resource.@Cloud="eu") or (resource.stream.name="Finance") and (subject.name="eu"))`, "group", "Conditions 1 and 3 do not stand beside each other."},
		{nil, "remove:2", `((resource.@Cloud="eu") and (subject.name="eu"))`, "remove-2", "Condition 2 is removed."},
		{nil, "up:1", `((resource.@Cloud="eu") and (subject.name="eu"))`, "up-1", "Condition 1 is the first."},
		{nil, "add", `((resource.@Cloud="eu") and (subject.name="eu"))`, "side-3", "Condition 3 has no value yet"},
	} {
		form["tick"] = step.ticks
		part := d.want(d.ask(press(form, step.do)), http.StatusOK)
		page := d.want(d.post(address, form), http.StatusOK)
		if got := conditions(page); got != step.conditions {
			t.Errorf("%s gives\n     %s\nwant %s", step.do, got, step.conditions)
		}
		if got := focused(page); got != step.focus {
			t.Errorf("%s leaves the focus at %q, want %q", step.do, got, step.focus)
		}
		d.wants(page, step.said)
		d.wants(part, step.said)
		if got := part.Find("#base").AttrOr("value", ""); got != step.conditions {
			t.Errorf("in place, %s gives %s", step.do, got)
		}
		form = values(page)
		form.Del("do")
	}
}

func TestGroupsAreNamedAndNumbered(t *testing.T) {
	d := newDesk(t)
	address, _ := d.opened(`(((subject.name="eu") or (subject.name="us")) and ((resource.name="a") or ((resource.name="b") and (resource.name="c"))))`)
	page := d.want(d.get(address), http.StatusOK)
	var names []string
	for _, group := range page.Find(`#rows [role="group"]`).EachIter() {
		names = append(names, squeeze(page.Find("#"+group.AttrOr("aria-labelledby", "")).Text()))
	}
	want := []string{"Group 1", "Condition 1", "Condition 2", "Group 2", "Condition 3", "Group 3", "Condition 4", "Condition 5"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for _, label := range []string{"Move condition 5 up", "Move condition 5 down", "Remove condition 5", "Move group 3 up", "Move group 3 down"} {
		if page.Find(`#rows button[aria-label="`+label+`"]`).Length() != 1 {
			t.Errorf("no button %s", label)
		}
	}
	if n := page.Find("#join-3").Length() + page.Find("#join-4").Length(); n != 2 {
		t.Error("groups and conditions are not joined")
	}
}

func TestUntouchedGroupsStayToTheLetter(t *testing.T) {
	d := newDesk(t)
	byHand := "subject.name = \"eu\"\n  && ( resource.name=\"a\" || resource.name like \"b*\" )"
	address, form := d.opened(byHand)
	if diff := cmp.Diff([]string{"2-3"}, form["group"]); diff != "" {
		t.Error(diff)
	}
	page := d.want(d.post(address, press(form, "validate")), http.StatusOK)
	if got := conditions(page); got != byHand {
		t.Errorf("the text became %s", got)
	}
	form = values(page)
	form["value"][1] = "c"
	page = d.want(d.post(address, press(form, "validate")), http.StatusOK)
	if got := conditions(page); got != `((subject.name="eu") and ((resource.name="c") or (resource.name like "b*")))` {
		t.Errorf("the text became %s", got)
	}
}

// TestOddRowsChangeNothing sends what no page sends.
func TestOddRowsChangeNothing(t *testing.T) {
	d := newDesk(t)
	address, _ := d.opened(grouped)
	for name, change := range map[string]func(url.Values){
		"groups": func(v url.Values) {
			v["group"] = append(v["group"], "", "3", "3-2", "-5-9", "0-3", "x-y", "1-99", "2-99999999999999999999")
		},
		"ticks":      func(v url.Values) { v["tick"] = []string{"0", "-1", "99", "x", "99999999999999999999"} },
		"joins":      func(v url.Values) { v["join"][0] = "and" },
		"many rows":  func(v url.Values) { v["side"] = make([]string, 5000) },
		"no such":    func(v url.Values) { v.Set("do", "up:99") },
		"no number":  func(v url.Values) { v.Set("do", "ungroup:x") },
		"no verb":    func(v url.Values) { v.Set("do", "dance:1") },
		"group none": func(v url.Values) { v.Set("do", "split:7") },
	} {
		form := values(d.want(d.get(address), http.StatusOK))
		form.Set("do", "validate")
		change(form)
		page := d.want(d.post(address, form), http.StatusOK)
		if got := conditions(page); got != grouped {
			t.Errorf("%s: the text became %s", name, got)
		}
	}
	address, form := d.opened(three)
	form["tick"] = []string{"1", "2"}
	for _, field := range []string{"property", "operator", "valuetype", "value", "join", "kept"} {
		form[field] = form[field][:1] // shorter than the sides
	}
	d.want(d.post(address, press(form, "group")), http.StatusOK)
}

func TestNoMoreRowsThanThePageShows(t *testing.T) {
	d := newDesk(t)
	many := `((resource.name="0")` + strings.Repeat(` or (resource.name="x")`, 99) + `)`
	address, form := d.opened(many)
	page := d.want(d.post(address, press(form, "add")), http.StatusOK)
	d.wants(page, "Rows show 100 conditions at most.")
	if n := page.Find("#rows .rule-row").Length(); n != 100 || conditions(page) != many {
		t.Errorf("%d rows of %s", n, conditions(page))
	}
}

func TestValuesAreCompleted(t *testing.T) {
	d := newDesk(t)
	address, form := d.opened(`((subject.name="eu") and (resource.stream.name="Finance") and (resource.owner.userId="ruiz") and (resource.@Cloud="eu") and (subject.name=resource.@Cloud))`)
	page := d.want(d.get(address), http.StatusOK)
	for i, want := range []string{"eu us", "Finance Sales", "ruiz", "eu us"} {
		list := "known-" + page.Find("#rows .rule-row").Eq(i).AttrOr("data-known", "none")
		var options []string
		for _, o := range page.Find(`datalist[id="` + list + `"] option`).EachIter() {
			options = append(options, o.AttrOr("value", ""))
		}
		if got := strings.Join(options, " "); got != want {
			t.Errorf("the list %s has %s", list, got)
		}
	}
	if known, given := page.Find("#rows .rule-row").Eq(4).Attr("data-known"); known != "" || !given {
		t.Errorf("a property is completed from %s", known)
	}
	if first := page.Find(`datalist[id="known-"] option`).First().AttrOr("value", ""); first != "resource.@Cloud" {
		t.Errorf("the first property is %s", first)
	}
	if len(form["value"]) != 5 {
		t.Error(form["value"])
	}
}
