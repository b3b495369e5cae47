package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule"
)

// roundTrip demands that the canonical text of a valid one reads back as itself.
func roundTrip(t *testing.T, text string) {
	t.Helper()
	e, list := rule.Parse(text)
	if _, bad := rule.FirstFault(list); bad {
		return
	}
	once := rule.Format(e)
	again, list := rule.Parse(once)
	if len(list) > 0 {
		t.Fatalf("%q is formatted as %q, which has faults: %v", text, once, list)
	}
	if twice := rule.Format(again); twice != once {
		t.Fatalf("%q is formatted as %q, then as %q", text, once, twice)
	}
}

func TestFormat(t *testing.T) {
	for text, want := range map[string]string{
		``:                                      ``,
		` ( ( subject.name = "eu" ) ) `:         `((subject.name="eu"))`,
		"a.b like\"x*\"||!c.d.empty()\n&& true": `a.b like "x*" or !c.d.Empty() and true`,
		`resource . @Cloud matches "\w\\d\""`:   `resource.@Cloud matches "\w\d\""`,
		`resource.hasprivilege("read")`:         `resource.HasPrivilege("read")`,
		`"a\\"!=="\\\\"`:                        `"a\\"!=="\\\\"`,
	} {
		e, list := rule.Parse(text)
		if got := rule.Format(e); got != want || len(list) > 0 {
			t.Errorf("%s is formatted as %s, want %s; %v", text, got, want, list)
		}
		roundTrip(t, text)
	}
}

func TestQuote(t *testing.T) {
	for _, value := range []string{``, `a`, `"`, `\`, `\\`, `\\\`, `\"`, `a\`, `\w{8}`, `\\server\share`, "line\nbreak", `“`, "\xff"} {
		e, list := rule.Parse(rule.Quote(value) + `="x"`)
		if len(list) > 0 {
			t.Errorf("%q: %v", value, list)
			continue
		}
		text, ok := e.(*rule.Compare).Left.(*rule.Text)
		if !ok || text.Value != value {
			t.Errorf("%q is quoted as %s and read as %+v", value, rule.Quote(value), text)
		}
	}
}

func TestPositions(t *testing.T) {
	text := "true or\r\n  näme.é = \"ü\"\rand \"x\"!=y.z"
	e, _ := rule.Parse(text)
	or, _ := e.(*rule.Logical)
	and, _ := or.Terms[1].(*rule.Logical)
	second, _ := and.Terms[1].(*rule.Compare)
	got := []rule.Position{or.Joins[0].Start, and.Span().Start, and.Joins[0].Start, second.OpSpan.Start, second.Right.Span().End}
	want := []rule.Position{{5, 1, 6}, {11, 2, 3}, {27, 3, 1}, {34, 3, 8}, {39, 3, 13}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if part := and.Terms[0].Span().In(text); part != `näme.é = "ü"` {
		t.Errorf("the comparison covers %q", part)
	}
}
