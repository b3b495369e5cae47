package ui

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAReaderGetsNoButtonThatTheServerRefuses(t *testing.T) {
	b := ActionBar{
		Left:  []Button{{Label: "Apply", Kind: Primary, Form: "app"}, {Label: "Cancel", Href: "/apps"}},
		Note:  "Select rows to act on them",
		Right: []Button{{Label: "Open app", Href: "/apps/1"}, {Label: "Distribute now", Post: "/x"}, {Label: "Create new", Kind: Primary, Href: "/new"}, {Label: "Delete", Kind: Danger, Href: "/d"}},
	}.forReader()
	var labels []string
	for _, button := range append(b.Left, b.Right...) {
		labels = append(labels, button.Label)
	}
	if diff := cmp.Diff([]string{"Cancel", "Open app"}, labels); diff != "" || b.Note != "" {
		t.Errorf("%s note %q", diff, b.Note)
	}
	if note := (ActionBar{Note: "7 records"}).forReader().Note; note != "7 records" {
		t.Errorf("note %q", note)
	}
}
