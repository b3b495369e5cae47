package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule"
)

func TestMatched(t *testing.T) {
	for text, want := range map[string]string{
		``:                      ``,
		`false`:                 ``,
		`true`:                  `true`,
		`((subject.name="EU"))`: `subject.name="EU"`,
		`((subject.name="eu") and (resource.stream.name="Finance"))`:                 `(subject.name="eu") and (resource.stream.name="Finance")`,
		`((subject.name="us") or (resource.stream.name="Finance"))`:                  `resource.stream.name="Finance"`,
		`((subject.name="eu") or (resource.stream.name="Finance"))`:                  `subject.name="eu"`,
		`subject.name="eu" and (resource.name="x" or (resource.name like "Sales*"))`: `subject.name="eu" and (resource.name like "Sales*" [resource.name is "Sales EMEA"])`,
		`subject.name=resource.@Cloud`:                                               `subject.name=resource.@Cloud [subject.name is "eu"; resource.@Cloud is "eu", "us"]`,
		`resource.@Cloud="us"`:                                                       `resource.@Cloud="us" [resource.@Cloud is "eu", "us"]`,
		`resource.@Missing!="x"`:                                                     `resource.@Missing!="x" [resource.@Missing is missing]`,
		`!(resource.name="x")`:                                                       `!(resource.name="x") [resource.name is "Sales EMEA"]`,
		`!resource.@Cloud.Empty()`:                                                   `!resource.@Cloud.Empty() [resource.@Cloud is "eu", "us"]`,
	} {
		e, _ := rule.Parse(text)
		if got := rule.Explain(e, sales).Matched(); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestExplainTellsEveryPart(t *testing.T) {
	e, _ := rule.Parse(`!(subject.name="us") and resource.@Cloud like "u*"`)
	type part struct {
		Text string
		True bool
		Seen []rule.Seen
	}
	var got []part
	var visit func(*rule.Trace)
	visit = func(trace *rule.Trace) {
		got = append(got, part{trace.Text, trace.True, trace.Seen})
		for _, c := range trace.Children {
			visit(c)
		}
	}
	visit(rule.Explain(e, sales))
	name := []rule.Seen{{Path: "subject.name", Values: []string{"eu"}}}
	want := []part{
		{`!(subject.name="us") and resource.@Cloud like "u*"`, true, nil},
		{`!(subject.name="us")`, true, nil},
		{`(subject.name="us")`, false, nil},
		{`subject.name="us"`, false, name},
		{`resource.@Cloud like "u*"`, true, []rule.Seen{{Path: "resource.@Cloud", Values: []string{"eu", "us"}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
