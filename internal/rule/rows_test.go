package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule"
)

func row(join, side, property, operator, value string) rule.Row {
	return rule.Row{Side: side, Property: property, Operator: operator, ValueType: rule.RowValue, Value: value, Join: join}
}

func TestRows(t *testing.T) {
	link := rule.Row{Side: "subject", Property: "name", Operator: "=", ValueType: rule.RowProperty, Value: "resource.@Cloud"}
	for want, rows := range map[string][]rule.Row{
		`((subject.name="eu"))`: {row("", "subject", "name", "=", "eu")},
		`((subject.name=""))`:   {row("", "subject", "name", "=", "")},
		`((subject.name="eu") or (resource.stream.name="Finance"))`: {
			row("", "subject", "name", "=", "eu"), row("or", "resource", "stream.name", "=", "Finance"),
		},
		`((subject.name="eu") and (resource.name like "Sales*") or (resource.@Cloud!=="a\"b"))`: {
			row("", "subject", "name", "=", "eu"), row("and", "resource", "name", "like", "Sales*"), row("or", "resource", "@Cloud", "!==", `a"b`),
		},
		`((subject.name="a") or (subject.name="b") and (resource.owner.userId matches "x|y"))`: {
			row("", "subject", "name", "=", "a"), row("or", "subject", "name", "=", "b"), row("and", "resource", "owner.userId", "matches", "x|y"),
		},
		`((subject.name=resource.@Cloud))`: {link},
	} {
		if got := rule.WriteRows(rows); got != want {
			t.Errorf("wrote %s, want %s", got, want)
		}
		e, list := rule.Parse(want)
		if len(list) > 0 {
			t.Errorf("%s: %v", want, list)
		}
		got, ok, why := rule.ReadRows(e)
		if diff := cmp.Diff(rows, got); !ok || diff != "" {
			t.Errorf("%s is read back as %v (%s)", want, diff, why)
		}
		if rule.Format(e) != want {
			t.Errorf("%s is no canonical text", want)
		}
	}
}

func TestRowsLeaveOutWhatIsIncomplete(t *testing.T) {
	got := rule.WriteRows([]rule.Row{
		{Side: "resource", Operator: "="},
		{Side: "subject", Property: "name", Operator: "=", ValueType: rule.RowProperty, Value: " "},
		row("or", "subject", "name", "=", "eu"),
	})
	if got != `((subject.name="eu"))` {
		t.Error(got)
	}
	if got := rule.WriteRows(nil); got != "" {
		t.Error(got)
	}
}

func TestReadRowsByHand(t *testing.T) {
	for text, want := range map[string]string{
		``: ``,
		`Subject.NAME = "eu"  &&  resource.Owner.userid like "x*"`:          `((subject.name="eu") and (resource.owner.userId like "x*"))`,
		`(subject.name="a" and resource.name="b") or resource.name="c"`:     `((subject.name="a") and (resource.name="b") or (resource.name="c"))`,
		`resource.name="c" or ((subject.name="a") and (resource.name="b"))`: `((resource.name="c") or (subject.name="a") and (resource.name="b"))`,
	} {
		e, _ := rule.Parse(text)
		rows, ok, why := rule.ReadRows(e)
		if got := rule.WriteRows(rows); !ok || got != want {
			t.Errorf("%s\n got %s (%s)\nwant %s", text, got, why, want)
		}
	}
}

func TestReadRowsSaysWhyNot(t *testing.T) {
	for text, want := range map[string]string{
		`(subject.name="a" or subject.name="b") and resource.name="c"`: "groups",
		`!(subject.name="a")`:     "!(subject.name=",
		`resource.@Cloud.Empty()`: "resource.@Cloud.Empty()",
		`true`:                    "true",
		`"a"=subject.name`:        "left",
	} {
		e, _ := rule.Parse(text)
		if _, ok, why := rule.ReadRows(e); ok || !strings.Contains(why, want) {
			t.Errorf("%s: %v, %s", text, ok, why)
		}
	}
}
