package rule_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/rule"
)

// sampleText is a plausible or hostile text of testdata/texts.jsonl, as people write, copy or mistype it.
type sampleText struct {
	Kind      string
	Valid     bool
	Condition string
}

func sampleTexts(t testing.TB) (list []sampleText) {
	t.Helper()
	file, err := os.Open("testdata/texts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var s sampleText
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func (s sampleText) diagnose(text string) []rule.Diagnostic {
	e, parsed := rule.Parse(text)
	kind := map[string]rule.Kind{"security": rule.Security, "sync": rule.Sync}[s.Kind]
	return rule.Merge(parsed, rule.Check(e, rule.Vocabulary{Kind: kind}))
}

// TestTexts says of each text whether it is valid, and of each that is not what is wrong and how it is mended: the answers
// stand in testdata/texts.golden, to be read by people. A text whose faults all have a fix becomes valid by following them.
func TestTexts(t *testing.T) {
	var b strings.Builder
	for _, s := range sampleTexts(t) {
		list := s.diagnose(s.Condition)
		if _, bad := rule.FirstFault(list); bad == s.Valid {
			t.Errorf("%s rule %q: valid is %v, want %v", s.Kind, s.Condition, !bad, s.Valid)
		}
		fmt.Fprintf(&b, "==== %s %q\n", s.Kind, s.Condition)
		fixable := true
		for _, d := range list {
			fix := ""
			if d.Fix != nil {
				fix = fmt.Sprintf(" => %q", d.Fix.Apply(s.Condition))
			}
			fixable = fixable && (d.Fix != nil || d.Severity == rule.Warning)
			fmt.Fprintf(&b, "%s %d:%d %q: %s%s\n", d.Code, d.Span.Start.Line, d.Span.Start.Column, d.Span.In(s.Condition), d.Message, fix)
		}
		if !fixable || s.Valid {
			continue
		}
		if left, bad := rule.FirstFault(s.diagnose(s.mended())); bad && left.Fix != nil {
			t.Errorf("%q: the fixes lead nowhere: %q", s.Condition, s.mended())
		}
	}
	golden(t, "testdata/texts.golden", b.String())
}

// mended follows the first fix again and again.
func (s sampleText) mended() string {
	text := s.Condition
	for range 20 {
		d, bad := rule.FirstFault(s.diagnose(text))
		if !bad || d.Fix == nil {
			break
		}
		text = d.Fix.Apply(text)
	}
	return text
}
