package rule_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/rule"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, text := range faulty {
		f.Add(text)
	}
	for _, s := range sampleTexts(f) {
		f.Add(s.Condition)
	}
	for _, text := range []string{
		``, `((subject.name="eu") or (resource.stream.name="Finance"))`, "true\r\nand !(resource.@Cloud.Empty())",
		`resource.name like "a\*b?*" && resource.id matches "\w{8}-(a|b)"`, strings.Repeat("(", 300), strings.Repeat("!", 300),
	} {
		f.Add(text)
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		e, list := rule.Parse(text)
		list = rule.Merge(list, rule.Check(e, known))
		for _, d := range list {
			checkDiagnostic(t, text, d)
		}
		rule.Format(e)
		if _, bad := rule.FirstFault(list); bad {
			return
		}
		if _, err := rule.Compile(e); err != nil {
			t.Fatalf("%q passes the check and does not compile: %v", text, err)
		}
		roundTrip(t, text)
	})
}

// checkDiagnostic demands that a diagnostic points into the text.
func checkDiagnostic(t *testing.T, text string, d rule.Diagnostic) {
	t.Helper()
	spans := []rule.Span{d.Span}
	if d.Fix != nil {
		spans = append(spans, d.Fix.Span)
		roundTrip(t, d.Fix.Apply(text))
	}
	for _, s := range spans {
		if s.Start.Offset > s.End.Offset || s.End.Offset > len(text) || s.Start.Line < 1 || s.Start.Column < 1 {
			t.Fatalf("%q: %s has the span %v", text, d.Code, s)
		}
	}
	if d.Snippet(text); d.Message == "" || utf8.ValidString(text) && !utf8.ValidString(d.Message) {
		t.Fatalf("%q: %s has the message %q", text, d.Code, d.Message)
	}
}

func FuzzEval(f *testing.F) {
	f.Add(`resource.name like "a*"`, "eu", "abc", "x")
	f.Add(`resource.@Cloud!="x" or subject.name=="eu"`, "eu", "", "")
	f.Add(`!resource.name matches "[a-c]+"`, "eu", "ABC", "é")
	f.Fuzz(func(t *testing.T, text, subject, name, cloud string) {
		env := env{"subject.name": {subject}, "resource.name": {name}, "resource.@cloud": {cloud, name}}
		e, list := rule.Parse(text)
		if _, bad := rule.FirstFault(rule.Merge(list, rule.Check(e, rule.Vocabulary{}))); bad {
			return
		}
		p, err := rule.Compile(e)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := p.Eval(env)
		if trace := rule.Explain(e, env); trace.True != got {
			t.Fatalf("%q is %v and is explained as %v", text, got, trace.True)
		}
		for _, s := range []string{text, subject, name, cloud} {
			if !utf8.ValidString(s) {
				return // the oracle's expressions do not know broken characters
			}
		}
		if want := naive(e, env); got != want {
			t.Fatalf("%q is %v for %q, want %v", text, got, env, want)
		}
	})
}
