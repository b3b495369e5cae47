package rule_test

import (
	"testing"

	"github.com/skyferry/skyferry/internal/rule"
)

// env is a map of lower-case paths.
type env map[string][]string

func (e env) Values(path string) []string { return e[path] }

var sales = env{
	"subject.name":            {"eu"},
	"resource.id":             {"11111111-2222-3333-4444-555555555555"},
	"resource.name":           {"Sales EMEA"},
	"resource.owner":          {"o1"},
	"resource.stream":         {"s1"},
	"resource.stream.name":    {"Finance"},
	"resource.stream.owner":   {"o1"},
	"resource.@cloud":         {"eu", "us"},
	"resource.@org":           {"UK", "uk"},
	"resource.stream.@region": {"EMEA"},
	"resource.owner.@dept":    {"FIN"},
	"resource.@path":          {`C:\apps`, "a*b"},
}

func TestEval(t *testing.T) {
	for text, want := range map[string]bool{
		``:                                              true,
		" \t\r\n":                                       true,
		`true`:                                          true,
		`false`:                                         false,
		`!false`:                                        true,
		`!!true`:                                        true,
		`subject.name="eu"`:                             true,
		`subject.name="EU"`:                             true,
		`SUBJECT.Name="eu"`:                             true,
		`"eu"=subject.name`:                             true,
		`subject.name=="EU"`:                            false,
		`subject.name=="eu"`:                            true,
		`subject.name!="EU"`:                            false,
		`subject.name!=="EU"`:                           true,
		`subject.name!=="eu"`:                           false,
		`subject.name=resource.@Cloud`:                  true,
		`resource.@Cloud=subject.name`:                  true,
		`resource.@Cloud="us"`:                          true,
		`resource.@Cloud!="us"`:                         true,
		`!(resource.@Cloud="us")`:                       false,
		`!resource.@Cloud="us"`:                         false,
		`resource.@Org!="uk"`:                           false,
		`resource.@Org!=="uk"`:                          true,
		`resource.@Missing="x"`:                         false,
		`resource.@Missing==""`:                         false,
		`resource.@Missing=""`:                          false,
		`resource.@Missing!="x"`:                        true,
		`resource.@Missing!=="x"`:                       true,
		`resource.@Missing!=resource.@Other`:            true,
		`resource.@Missing=resource.@Other`:             false,
		`resource.@Missing like "*"`:                    false,
		`resource.@Missing matches ".*"`:                false,
		`resource.@Missing.Empty()`:                     true,
		`resource.@Cloud.empty()`:                       false,
		`!resource.stream.Empty()`:                      true,
		`resource.owner=resource.stream.owner`:          true,
		`resource.stream.@Region="emea"`:                true,
		`resource.owner.@Dept="fin"`:                    true,
		`resource.name="Sales*"`:                        false,
		`resource.name like "sales*"`:                   true,
		`resource.name like"*emea"`:                     true,
		`resource.name like "*LES*"`:                    true,
		`resource.name like "Sales"`:                    false,
		`resource.name like "Sales?EMEA"`:               true,
		`resource.name like "Sales?MEA"`:                false,
		`resource.name like "*"`:                        true,
		`resource.name like ""`:                         false,
		`resource.@Path like "a\*b"`:                    true,
		`resource.@Path like "a\*c"`:                    false,
		`resource.@Path like "C:\apps"`:                 true,
		`resource.@Path like "C:\\\\apps"`:              true,
		`resource.@Path = "c:\apps"`:                    true,
		`resource.@Path = "c:\\apps"`:                   true,
		`resource.@Cloud like "U?"`:                     true,
		`resource.name matches "sales"`:                 false,
		`resource.name matches "sales\s\w{4}"`:          true,
		`resource.name matches "sales\\s\\w+"`:          true,
		`resource.name matches "x|Sales.*"`:             true,
		`resource.id matches "\d{8}(-\d{4}){3}-\d{12}"`: true,
		`true or true and false`:                        true,
		`(true or true) and false`:                      false,
		`true||true&&false`:                             true,
		`!true or true`:                                 true,
		"subject.name = \"eu\"\r\n\tand(resource.name like\"S*\")": true,
	} {
		e, list := rule.Parse(text)
		if len(list) > 0 {
			t.Errorf("%s: %v", text, list)
			continue
		}
		if d, bad := rule.FirstFault(rule.Check(e, rule.Vocabulary{})); bad {
			t.Errorf("%s: %s", text, d)
		}
		p, err := rule.Compile(e)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Eval(sales); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
		if got := rule.Explain(e, sales).True; got != want {
			t.Errorf("%s is explained as %v, want %v", text, got, want)
		}
	}
}

func TestEvalDoesNotAllocate(t *testing.T) {
	e, _ := rule.Parse(`((subject.name="eu") and (resource.name like "*emea" or resource.@Cloud!="x"))`)
	p, err := rule.Compile(e)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { p.Eval(sales) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, text := range []string{
		`"x"`, `resource.HasPrivilege(resource.name)`, `resource.name like resource.id`, `resource.HasPrivilege()`,
		`resource.name matches "("`, `Empty()`, `resource.@X.Empty("x")`, `(true and true)="true"`, `§`, `user.IsOwned("x")`,
	} {
		e, _ := rule.Parse(text)
		if _, err := rule.Compile(e); err == nil {
			t.Errorf("%s compiles", text)
		}
	}
}
