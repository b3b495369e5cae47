package basic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
)

// drawText makes a condition of comparisons, and, or and parentheses, as somebody may write it by hand.
func drawText(t *rapid.T, depth int) string {
	var b strings.Builder
	for i := range rapid.IntRange(1, 4).Draw(t, "terms") {
		if i > 0 {
			b.WriteString(rapid.SampledFrom([]string{" and ", " or ", "||", "\n&& "}).Draw(t, "join"))
		}
		if depth > 0 && rapid.Bool().Draw(t, "deeper") {
			b.WriteString("(" + drawText(t, depth-1) + ")")
			continue
		}
		b.WriteString(rapid.SampledFrom([]string{
			`subject.name = "a"`, `(subject.name="b")`, `resource.name="a"`, `((Resource.NAME!="b"))`, `resource.@Cloud like "a*"`, `subject.name=resource.@Cloud`,
		}).Draw(t, "comparison"))
	}
	return b.String()
}

type env map[string][]string

func (e env) Values(path string) []string { return e[path] }

// meaning judges a text for all apps and deployments of a small world.
func meaning(t *rapid.T, text string) (truths []bool) {
	e, list := rule.Parse(text)
	if len(list) > 0 {
		t.Fatalf("%s: %v", text, list)
	}
	p, err := rule.Compile(e)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, subject := range []string{"a", "b", "c"} {
		for _, name := range []string{"a", "b"} {
			for _, cloud := range [][]string{nil, {"a"}, {"c", "ab"}} {
				truths = append(truths, p.Eval(env{"subject.name": {subject}, "resource.name": {name}, "resource.@cloud": cloud}))
			}
		}
	}
	return truths
}

func readBack(t *rapid.T, text string) (basic.Conditions, string) {
	e, list := rule.Parse(text)
	if len(list) > 0 {
		t.Fatalf("%s: %v", text, list)
	}
	return basic.Read(e)
}

// TestRowsMeanWhatTheTextMeans writes what was read: it means the same, and is read back as the same rows and groups.
func TestRowsMeanWhatTheTextMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t, 3)
		c, why := readBack(t, text)
		if why != "" {
			t.Fatalf("%s: %s", text, why)
		}
		written := c.String()
		if !slices.Equal(meaning(t, text), meaning(t, written)) {
			t.Fatalf("%s is written as %s, which means something else", text, written)
		}
		same(t, c, written)
	})
}

// same demands that the text is read as these conditions.
func same(t *rapid.T, c basic.Conditions, text string) {
	back, why := readBack(t, text)
	if diff := cmp.Diff(c, back); diff != "" {
		t.Fatalf("%s is read back differently %s: %s", text, why, diff)
	}
}

// TestEveryButtonKeepsWhatIsThere presses random buttons: no row is lost or changed, what joins them stays in its place, and
// what comes out is read back as it is.
func TestEveryButtonKeepsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := readBack(t, drawText(t, 3))
		for range rapid.IntRange(1, 12).Draw(t, "presses") {
			before := basic.Conditions{Rows: slices.Clone(c.Rows)}
			verb := rapid.SampledFrom([]string{"make", "join", "split", "ungroup", "up", "down", "groupup", "groupdown"}).Draw(t, "button")
			pressed(t, &c, verb)
			if diff := cmp.Diff(joins(before), joins(c)); diff != "" && !strings.HasPrefix(verb, "group") { // a group takes its own along
				t.Fatalf("%s changed what joins the rows: %s", verb, diff)
			}
			if diff := cmp.Diff(sorted(before), sorted(c)); diff != "" {
				t.Fatalf("%s changed the rows: %s", verb, diff)
			}
			for i := range c.Rows {
				c.Rows[i].Ticked = false
			}
			same(t, c, c.String())
		}
	})
}

func pressed(t *rapid.T, c *basic.Conditions, verb string) {
	number := rapid.IntRange(0, len(c.Rows)+1).Draw(t, "number")
	for i := range c.Rows {
		c.Rows[i].Ticked = rapid.Bool().Draw(t, "tick")
	}
	switch verb {
	case "make":
		c.Group()
	case "join":
		c.Join()
	case "split":
		c.Split(number)
	default:
		map[string]func(int) basic.Answer{"ungroup": c.Ungroup, "up": c.Up, "down": c.Down, "groupup": c.GroupUp, "groupdown": c.GroupDown}[verb](number)
	}
}

func joins(c basic.Conditions) (list []string) {
	for _, r := range c.Rows {
		list = append(list, r.Join)
	}
	return list
}

func sorted(c basic.Conditions) (list []string) {
	for _, r := range c.Rows {
		list = append(list, r.String())
	}
	slices.Sort(list)
	return list
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{``, `((subject.name="a") or ((resource.name="b") and (resource.name like "c*")))`, `(a.b=c.d and ("x"="y"))`, `!(subject.name="a")`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, list := rule.Parse(text)
		if _, bad := rule.FirstFault(list); bad {
			return
		}
		c, why := basic.Read(e)
		if why != "" {
			return
		}
		again, list := rule.Parse(c.String())
		back, why := basic.Read(again)
		if diff := cmp.Diff(c, back); len(list) > 0 || diff != "" {
			t.Fatalf("%q is read back differently: %v %s %s", text, list, why, diff)
		}
	})
}
