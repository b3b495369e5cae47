package policies_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// The editor underlines by UTF-16 units, whatever the line ends and characters before.
func TestNotesTellTheEditorTheirPlace(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	text := "resource.name=\"😀é\"\nAND subject.name='eu'"
	form.Set("conditions", strings.ReplaceAll(text, "\n", "\r\n"))
	notes := d.want(d.ask(form), http.StatusOK).Find("#conditions-notes .note-line")
	units := func(s string) int { return len(utf16.Encode([]rune(s))) }
	for i, part := range []string{"AND", "'eu'"} {
		before, _, _ := strings.Cut(text, part)
		from := units(before)
		if got, want := notes.Eq(i).AttrOr("data-from", "")+"-"+notes.Eq(i).AttrOr("data-to", ""), strconv.Itoa(from)+"-"+strconv.Itoa(from+units(part)); got != want {
			t.Errorf("%s stands at %s, want %s", part, got, want)
		}
	}
	if notes.Length() != 2 || notes.First().AttrOr("id", "") != "conditions-error" {
		t.Errorf("%d notes, the first with the id %q", notes.Length(), notes.First().AttrOr("id", ""))
	}
}

// What a policy's page says of its text, it says once.
func TestPageSaysEachThingOnce(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	for text, once := range map[string]string{
		`subject.name="apac"`:                        `named "apac"`,
		`resource.name="x" and resource.name="y"`:    `"x" and "y" at once`,
		`((subject.name="")) or (subject.name="eu")`: "matches nothing",
	} {
		form.Set("conditions", text)
		page := d.want(d.ask(form), http.StatusOK)
		if said := squeeze(page.Find("#conditions-notes, .reading-warning").Text()); strings.Count(said, once) != 1 {
			t.Errorf("%s: %q is not said once in: %s", text, once, said)
		}
		if strings.Contains(page.Find("#reading").Text(), "EVERY") {
			t.Errorf("%s: %s", text, squeeze(page.Find("#reading").Text()))
		}
	}
}

// An answer to what was typed may come after that of Validate rule: it leaves what was found.
func TestAnswerToTypingLeavesTheVerdict(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	for do, want := range map[string]int{"validate": 2, "": 0, "add": 2} {
		page := d.ask(press(form, do))
		if got := page.Find("#verdict, #test-results").Length(); got != want {
			t.Errorf("do=%q sends %d of the two parts, want %d", do, got, want)
		}
	}
}

func TestTextKeepsItsFirstLineEnd(t *testing.T) {
	d := newDesk(t)
	id := d.policy("By hand", "\n\n"+byOwner, false)
	form := values(d.want(d.get("/policies/"+id), http.StatusOK))
	form.Set("description", "new")
	d.want(d.post("/policies/"+id, form), http.StatusSeeOther)
	if stored, err := d.store.Policy(t.Context(), id); err != nil || stored.Conditions != "\n\n"+byOwner {
		t.Errorf("stored %q %v", stored.Conditions, err)
	}
}
