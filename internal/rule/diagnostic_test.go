package rule_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule"
)

var update = flag.Bool("update", false, "write the golden files")

// faulty are texts whose diagnostics stand in testdata/diagnostics.golden.
var faulty = []string{
	`subject.name=“eu”`,
	`((subject.name=”eu”))`,
	`subject.name="eu”`,
	`subject.name = true” and`,
	`subject.name='eu'`,
	`subject.name="eu" AND resource.name="x" Or TRUE`,
	`not subject.name="eu"`,
	`subject.name<>"eu"`,
	`subject.name==="eu"`,
	`subject.name>="eu"`,
	`subject.name="eu" & resource.name="x" | true`,
	`((subject.name="eu")`,
	`(subject.name="eu"))`,
	`()`,
	`((subject.name=))`,
	`((subject.name=eu))`,
	`resource.id=5dd0dc16-96fd-4bd0-9a84-62721f0db427`,
	`subject.name="eu`,
	`((subject.name="eu)) `,
	`subject.name "eu"`,
	`resource.name contains "x"`,
	`subject.name="eu" resource.name="x"`,
	`subject.name="eu" and`,
	`and subject.name="eu"`,
	`subject.name="eu"="us"`,
	`subject.name=("eu","us")`,
	`subject.name={"eu","us"}`,
	`resource.`,
	`resource.@="x"`,
	`resource.5a="x"`,
	"subject.name\u00a0= \"eu\"",
	`subject.name="eu" # only Europe`,
	`subject.name="eu" + "us"`,
	"\xff",
	`resourse.name="x"`,
	`owner.email="x"`,
	`user.name="x"`,
	`node.name="x"`,
	`@Cloud="eu"`,
	`@Cloud.Empty()`,
	`resource.nmae="x"`,
	`resource.description="x"`,
	`!resource.published`,
	`resource.app.name="x"`,
	`resource.stream="Executive"`,
	`resource.owner=resource.stream`,
	`resource.name.first="x"`,
	`subject.@Region="x"`,
	`subject.id="x"`,
	`resource.@Clodu="x"`,
	`resource.owner.@Dept="x"`,
	`resource.name like resource.@Cloud`,
	`resource.name matches "(?=a)"`,
	`resource.name matches "("`,
	`resource.name matches "(a{1000}){1000}"`,
	`resource.name matches "((a{100}){10}b{100}){6}"`,
	`resource.stream like "F*"`,
	`resource.HasPrivelage("read")`,
	`resource.stream.HasPrivilege("read")`,
	`resource.IsOwned()`,
	`resource.tags.contains("x")`,
	`resource.@Cloud.Empty("x")`,
	`Empty()`,
	`resource.name`,
	`"eu"`,
	`resource.@Flag=true`,
	`(subject.name="eu")="true"`,
	`"a"="b"`,
	`subject.name=""`,
	`resource.name="Sales*"`,
	`resource.name!="Sales*"`,
	`resource.name!="a" or resource.name!="b"`,
	"subject.name=\"eu\"\r\n  and resource.näme=\"x\"",
}

var known = rule.Vocabulary{CustomProperties: []string{"Cloud", "Region", "Flag"}}

func diagnose(text string) []rule.Diagnostic {
	e, parsed := rule.Parse(text)
	return rule.Merge(parsed, rule.Check(e, known))
}

func TestDiagnostics(t *testing.T) {
	var b strings.Builder
	for _, text := range faulty {
		fmt.Fprintf(&b, "==== %q\n", text)
		for _, d := range diagnose(text) {
			fmt.Fprintf(&b, "%s %s\n%s\n%s\n", map[rule.Severity]string{rule.Fault: "fault", rule.Warning: "warning"}[d.Severity], d.Code, d.Snippet(text), d)
			if d.Fix != nil {
				fmt.Fprintf(&b, "fix: %s: %s\n", d.Fix.Title, d.Fix.Apply(text))
			}
		}
	}
	golden(t, "testdata/diagnostics.golden", b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("diagnostics differ (-want +got):\n%s", diff)
	}
}

// TestFixes follows the first offered fix again and again: where every fault has one, the text becomes valid.
func TestFixes(t *testing.T) {
	for _, text := range faulty {
		fixed := text
		for range 20 {
			d, bad := rule.FirstFault(diagnose(fixed))
			if !bad || d.Fix == nil {
				break
			}
			fixed = d.Fix.Apply(fixed)
		}
		if d, bad := rule.FirstFault(diagnose(fixed)); bad && d.Fix != nil {
			t.Errorf("%s: the fixes lead nowhere: %s: %s", text, fixed, d)
		}
	}
}

func TestLimits(t *testing.T) {
	deep := strings.Repeat("(", 201) + `true` + strings.Repeat(")", 201)
	for name, c := range map[string]struct{ text, code string }{
		"too long":        {`true ` + strings.Repeat(" ", rule.MaxText), "too-long"},
		"parentheses":     {deep, "too-deep"},
		"negations":       {strings.Repeat("!", 201) + "true", "too-deep"},
		"calls":           {strings.Repeat("a(", 201), "too-deep"},
		"unclosed levels": {strings.Repeat("(", 60_000), "too-deep"},
	} {
		e, list := rule.Parse(c.text)
		if len(list) == 0 || list[len(list)-1].Code != c.code && list[0].Code != c.code {
			t.Errorf("%s: %v", name, list)
		}
		if e == nil {
			t.Errorf("%s: the tree is that of the empty condition", name)
		}
		if _, err := rule.Compile(e); err == nil {
			t.Errorf("%s: compiles", name)
		}
	}
	if _, list := rule.Parse(deep[1 : len(deep)-1]); len(list) > 0 {
		t.Errorf("200 levels are refused: %v", list)
	}
}

func TestManyFaultsEnd(t *testing.T) {
	list := diagnose(strings.Repeat(`resource.name="a*" or `, 100) + strings.Repeat(`x.y="1" or `, 100) + "true")
	faults, warnings := 0, 0
	for _, d := range list {
		if d.Severity == rule.Fault {
			faults++
		} else {
			warnings++
		}
	}
	if faults != 50 || warnings != 50 {
		t.Errorf("%d faults, %d warnings; want 50 of each", faults, warnings)
	}
}
