package rule_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/rule"
)

type sample struct {
	Condition string `json:"condition"`
	Kind      string `json:"kind"`
	Meaning   string `json:"meaning"`
}

// samples reads a file of real conditions from the folder beside the project; without it the test is skipped.
func samples(t *testing.T, name string) (list []sample) {
	t.Helper()
	file, err := os.Open(filepath.Join(projectRoot(t), "..", "shared", "data", "rules", name))
	if err != nil {
		t.Skip("the real conditions are not at hand")
	}
	t.Cleanup(func() { _ = file.Close() })
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// projectRoot finds the folder of go.mod.
func projectRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

func TestRealConditions(t *testing.T) {
	for _, s := range samples(t, "conditions.jsonl") {
		e, parsed := rule.Parse(s.Condition)
		fault, bad := rule.FirstFault(rule.Merge(parsed, rule.Check(e, rule.Vocabulary{Kind: s.kind()})))
		switch s.Kind {
		case "valid":
			if bad {
				t.Errorf("%s\n%s\n%s", s.Condition, fault.Snippet(s.Condition), fault)
			}
			roundTrip(t, s.Condition)
		case "invalid":
			if !bad {
				t.Errorf("%s is accepted; %s", s.Condition, s.Meaning)
			}
		}
	}
}

// kind is what the roots say.
func (s sample) kind() rule.Kind {
	switch text := strings.ToLower(s.Condition); {
	case strings.Contains(text, "node."):
		return rule.Sync
	case strings.Contains(text, "subject."):
		return rule.Distribution
	default:
		return rule.Security
	}
}
