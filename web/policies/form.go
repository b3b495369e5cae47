package policies

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
)

// form is what stands in the fields. The rows and the text say the same in two ways; settle finds out which was changed.
type form struct {
	ID          string // empty: a new one
	Effect      policy.Effect
	Version     int64
	Template    string
	Disabled    bool
	Name        string
	Description string
	Filter      string
	Distribute  bool
	Tags        string // separated by commas
	Tests       string
	Reason      string // of this Apply
	Trial       trial  // what the tests say; empty before Validate rule and Apply
	Rows        basic.Conditions
	WhyNoRows   string // why rows cannot show the conditions
	Conditions  string
	Base        string // the conditions when the page was written
	Sent        string // the conditions as the browser sent them
	FreshRows   bool   // the rows are others than the browser shows
	Focus       string // id of the control where the keyboard goes on
	Said        string // what a button of the rows did, or why it did nothing
	Filled      bool   // filter and action were filled in by a template
	Refused     string // why nothing was saved
	Faults      map[string]string
}

func newForm(e policy.Effect) form {
	t := policy.Templates()[0]
	if e == policy.Never {
		t.Conditions = forbidsNothing
	}
	f := form{Effect: e, Template: t.Name, Filter: t.Filter}
	f.set(t.Conditions)
	f.Base = t.Conditions
	return f
}

func formOf(p policy.Policy) form {
	f := form{
		ID: p.ID, Effect: p.Effect, Version: p.Version, Template: p.Template, Disabled: p.Disabled, Name: p.Name, Description: p.Description,
		Filter: p.ResourceFilter, Distribute: p.Actions&policy.ActionDistribute != 0, Tags: strings.Join(p.Tags, ", "), Tests: p.Tests,
	}
	f.set(lines(p.Conditions))
	f.Base = f.Conditions
	return f
}

// decode reads the fields as they were sent, and settles rows and text.
func decode(id string, v url.Values) form {
	text := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	version, _ := strconv.ParseInt(text("version"), 10, 64) // no number is version 0, which is always stale
	f := form{
		ID: id, Effect: effectOf(text("effect")), Version: version, Template: text("template"), Disabled: v.Has("disabled"), Name: text("name"),
		Description: text("description"), Filter: text("filter"), Distribute: v.Has("distribute"), Tags: text("tags"),
		Rows: decodeRows(v), Conditions: lines(v.Get("conditions")), Base: lines(v.Get("base")),
		Tests: strings.TrimRight(lines(v.Get("tests")), " \t\n"), Reason: text("reason"),
	}
	f.Sent = f.Conditions
	f.settle()
	return f
}

// lines undoes the line ends that browsers send.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// settle makes rows and text agree: a text that was changed wins, then rows that were changed. What nobody changed stays
// to the letter.
func (f *form) settle() {
	before, _ := read(f.Base)
	switch {
	case f.Conditions != f.Base || len(f.Rows.Rows) == 0:
		f.set(f.Conditions)
	case f.Rows.String() != before.String():
		f.Conditions = f.Rows.String()
	}
}

// set puts a text in place of the conditions, and its rows.
func (f *form) set(conditions string) {
	f.Conditions, f.FreshRows = conditions, true
	f.Rows, f.WhyNoRows = read(conditions)
	if len(f.Rows.Rows) == 0 && f.WhyNoRows == "" {
		f.Rows.Rows = []basic.Row{firstRow()}
	}
}

// policy gives what the form says. It keeps the fields of to that are not in the form.
func (f form) policy(to policy.Policy) policy.Policy {
	to.Version, to.Name, to.Description, to.Template = f.Version, f.Name, f.Description, f.Template
	to.ResourceFilter, to.Conditions, to.Disabled, to.Tags = f.Filter, f.Conditions, f.Disabled, f.tags()
	to.Effect, to.Tests, to.Reason, to.Actions = f.Effect, f.Tests, f.Reason, 0
	if f.Distribute && !f.guard() {
		to.Actions = policy.ActionDistribute
	}
	return to
}

func (f form) tags() []string {
	var tags []string
	for tag := range strings.SplitSeq(f.Tags, ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// check fills the faults and says whether there are none.
func (f *form) check(known rule.Vocabulary) bool {
	f.Faults, _ = f.policy(policy.Policy{}).Check(known)
	if text := testFaults(f.Tests); text != "" {
		f.Faults["tests"] = text
	}
	return len(f.Faults) == 0
}

// leftOut says which rows stand for nothing yet.
func (f form) leftOut() (warnings []string) {
	for i, r := range f.Rows.Rows {
		if !r.Complete() {
			warnings = append(warnings, "Condition "+strconv.Itoa(i+1)+" has no value yet and is left out.")
		}
	}
	return warnings
}
