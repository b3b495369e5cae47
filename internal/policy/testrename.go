package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// RenameTests rewrites the deployment's name where tests demand something of it, and keeps every other character. It gives
// the new text and whether anything changed; lines that cannot be read stay as they are.
func RenameTests(text, from, to string) (string, bool) {
	all := strings.Split(text, "\n")
	for i, line := range all {
		if _, fault := parseTest(line); fault == "" {
			all[i] = renameTest(line, from, to)
		}
	}
	renamed := strings.Join(all, "\n")
	return renamed, renamed != text
}

// renameTest rewrites a line that is known to be sound.
func renameTest(line, from, to string) string {
	words, _ := testWords(line)
	var b strings.Builder
	done, after := 0, false // after: behind the arrow, where "to" comes before a deployment
	for i := range words {
		after = after || words[i].text == arrow && !words[i].quoted
		if !after || i == 0 || words[i-1].quoted || !strings.EqualFold(words[i-1].text, "to") {
			continue
		}
		if name, end := nameAt(words[i:]); strings.EqualFold(name, from) {
			b.WriteString(line[done:words[i].start] + rule.Quote(to))
			done = end
		}
	}
	return b.String() + line[done:]
}

// nameAt gives the name that the words begin with, and where it ends.
func nameAt(words []testWord) (name string, end int) {
	r := &testReader{words: words}
	name = r.name("", ",", "and")
	return name, words[len(words)-len(r.words)-1].end
}
