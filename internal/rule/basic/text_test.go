package basic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
)

func row(join, side, property, operator, value string) basic.Row {
	return basic.Row{Join: join, Side: side, Property: property, Operator: operator, ValueType: basic.Value, Value: value, Kept: true}
}

// read reads a text that has no faults.
func read(t *testing.T, text string) (basic.Conditions, string) {
	t.Helper()
	e, list := rule.Parse(text)
	if len(list) > 0 {
		t.Fatalf("%s: %v", text, list)
	}
	return basic.Read(e)
}

func TestRows(t *testing.T) {
	link := basic.Row{Side: "subject", Property: "name", Operator: "=", ValueType: basic.Property, Value: "resource.@Cloud", Kept: true}
	for want, rows := range map[string][]basic.Row{
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
		c := basic.Conditions{Rows: rows}
		if got := c.String(); got != want {
			t.Errorf("wrote %s, want %s", got, want)
		}
		got, why := read(t, want)
		if diff := cmp.Diff(rows, got.Rows); diff != "" || len(got.Groups) > 0 {
			t.Errorf("%s is read back as %v (%s)", want, diff, why)
		}
	}
}

func TestGroupsAreParentheses(t *testing.T) {
	for text, want := range map[string][]basic.Group{
		`((a) and ((b) or (c)))`:                             {{1, 2}},
		`(((a) or (b)) and (c))`:                             {{0, 1}},
		`(((a) or (b)))`:                                     {{0, 1}},
		`(((a) or (b)) and ((c) or (d)))`:                    {{0, 1}, {2, 3}},
		`(((a) or ((b) and ((c) or (d)))) and (a))`:          {{0, 3}, {1, 3}, {2, 3}},
		`((((a) and (b)) or (c) and (d)))`:                   {{0, 3}, {0, 1}},
		`((a) or (((b) and (c)) or ((a) and ((c) or (d)))))`: {{1, 5}, {1, 2}, {3, 5}, {4, 5}},
	} {
		text = spelledOut(text)
		got, why := read(t, text)
		if diff := cmp.Diff(want, got.Groups); diff != "" || why != "" {
			t.Errorf("%s: %s %s", text, diff, why)
		}
		if got := got.String(); got != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}

// spelledOut writes a comparison for each (a), (b), ...
func spelledOut(short string) string {
	return strings.NewReplacer("(a)", `(resource.name="a")`, "(b)", `(resource.name="b")`, "(c)", `(subject.name="c")`, "(d)", `(resource.@Cloud="d")`, "(e)", `(resource.name="e")`).Replace(short)
}

func TestIncompleteRowsAreLeftOut(t *testing.T) {
	draft := basic.Row{Join: "or", Side: "resource", Property: "stream.name", Operator: "=", ValueType: basic.Value}
	c := basic.Conditions{
		Rows: []basic.Row{
			{Side: "resource", Operator: "="},
			{Side: "subject", Property: "name", Operator: "=", ValueType: basic.Property, Value: " "},
			row("or", "subject", "name", "=", "eu"), draft,
			row("and", "resource", "name", "=", "a"), row("or", "resource", "name", "=", "b"),
		},
		Groups: []basic.Group{{3, 5}},
	}
	if got, want := c.String(), `((subject.name="eu") or ((resource.name="a") or (resource.name="b")))`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	c.Groups = []basic.Group{{2, 3}}
	if got, want := c.String(), `((subject.name="eu") and (resource.name="a") or (resource.name="b"))`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := (basic.Conditions{}).String(); got != "" {
		t.Error(got)
	}
}

func TestReadByHand(t *testing.T) {
	for text, want := range map[string]string{
		``: ``,
		`Subject.NAME = "eu"  &&  resource.Owner.userid like "x*"`:          `((subject.name="eu") and (resource.owner.userId like "x*"))`,
		`((resource.name="a" and subject.name="c"))`:                        `((resource.name="a") and (subject.name="c"))`,
		`subject.name="a" and resource.name="b" or resource.name="c"`:       `((subject.name="a") and (resource.name="b") or (resource.name="c"))`,
		`(subject.name="a" and resource.name="b") or resource.name="c"`:     `(((subject.name="a") and (resource.name="b")) or (resource.name="c"))`,
		`resource.name="c" and (((subject.name="a") or resource.name="b"))`: `((resource.name="c") and ((subject.name="a") or (resource.name="b")))`,
	} {
		c, why := read(t, text)
		if got := c.String(); why != "" || got != want {
			t.Errorf("%s\n got %s (%s)\nwant %s", text, got, why, want)
		}
	}
}

func TestReadSaysWhyNot(t *testing.T) {
	deep := `resource.name="x"`
	for range basic.MaxDepth + 2 {
		deep = `(resource.name="x" or ` + deep + `) and subject.name="a"`
	}
	for text, want := range map[string]string{
		deep: "deep",
		strings.Repeat(`resource.name="x" or `, basic.MaxRows) + `resource.name="x"`: "101 conditions",
		`!(subject.name="a")`:     "!(subject.name=",
		`resource.@Cloud.Empty()`: "resource.@Cloud.Empty()",
		`true`:                    "true",
		`"a"=subject.name`:        "left",
		`resource.name=true`:      "compare with",
	} {
		e, _ := rule.Parse(text)
		if c, why := basic.Read(e); !strings.Contains(why, want) || len(c.Rows) > 0 {
			t.Errorf("%s: %v, %s", text, c, why)
		}
	}
}
