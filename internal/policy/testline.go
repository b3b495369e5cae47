package policy

import (
	"fmt"
	"slices"
	"strings"
)

// maxTests is how many lines the tests of a policy may have.
const maxTests = 200

// TestLine says where one app must go, and where it must not:
//
//	app "Sales" in stream "Finance" with @Cloud "eu" owned by "jane" → must go to eu, must not go to us
type TestLine struct {
	Number     int // from 1
	Text       string
	App        string
	Stream     string
	Properties map[string][]string // of an app that the site does not have
	Owner      string              // its owner's name and user id
	Expected   []Expectation
}

// Expectation is what must hold for one deployment.
type Expectation struct {
	Deployment string
	Goes       bool
}

// TestFault says what is wrong with a line.
type TestFault struct {
	Line int
	Text string
}

// String gives the fault with its line.
func (f TestFault) String() string { return fmt.Sprintf("Line %d: %s", f.Line, f.Text) }

// ParseTests reads the tests of a policy, a line each; empty lines say nothing. All faults come back, one per line at most.
func ParseTests(text string) (lines []TestLine, faults []TestFault) {
	all := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, text := range all {
		if strings.TrimSpace(text) == "" {
			continue
		}
		if len(lines)+len(faults) == maxTests {
			return lines, append(faults, TestFault{i + 1, fmt.Sprintf("A policy has at most %d tests. Remove this line and those below.", maxTests)})
		}
		line, fault := parseTest(text)
		if fault != "" {
			faults = append(faults, TestFault{i + 1, fault})
			continue
		}
		line.Number, line.Text = i+1, strings.TrimSpace(text)
		lines = append(lines, line)
	}
	return lines, faults
}

// testReader reads the words of one line. After the first fault it reads no further.
type testReader struct {
	words []testWord
	fault string
}

func parseTest(text string) (t TestLine, fault string) {
	words, open := testWords(text)
	if open {
		return t, "A quote is opened and not closed."
	}
	r := &testReader{words: words}
	r.need("app", `A test begins with: app "its name"`)
	t.App = r.name(`the app's name`, "in")
	r.need("in", `After the app comes: in stream "its name"`)
	r.need("stream", `After "in" comes: stream "its name"`)
	t.Stream = r.name("the stream's name", "with", "owned", arrow)
	r.invented(&t)
	r.need(arrow, "Before must go to comes an arrow: → or ->")
	r.expected(&t)
	return t, r.fault
}

// invented reads what an app has that the site does not have.
func (r *testReader) invented(t *TestLine) {
	if r.take("with") {
		t.Properties = map[string][]string{}
		r.property(t)
		for r.take(",") || r.take("and") {
			r.property(t)
		}
	}
	if r.take("owned") {
		r.need("by", `After "owned" comes: by "the owner's name"`)
		t.Owner = r.name("the owner's name", arrow)
	}
}

func (r *testReader) property(t *TestLine) {
	if r.fault != "" {
		return
	}
	name, ok := strings.CutPrefix(r.next().text, "@")
	if !ok || name == "" {
		r.fail(`A custom property begins with @: with @Cloud "eu"`)
		return
	}
	r.take("=")
	value := r.name("the value of @"+name, ",", "and", "owned", arrow)
	t.Properties[name] = append(t.Properties[name], value)
}

func (r *testReader) expected(t *TestLine) {
	for {
		r.need("must", "After the arrow, and after each comma, comes: must go to, or must not go to, and a deployment")
		goes := !r.take("not")
		r.need("go", `After "must" comes: go to, or not go to`)
		r.need("to", `After "go" comes: to, and a deployment`)
		e := Expectation{r.name("the deployment's name", ",", "and"), goes}
		if r.fault != "" {
			return
		}
		if slices.Contains(t.Expected, Expectation{e.Deployment, !goes}) {
			r.fail(fmt.Sprintf("The app must go to %s and must not: one of the two has to go.", short(e.Deployment)))
			return
		}
		t.Expected = append(t.Expected, e)
		if len(r.words) == 0 {
			return
		}
		if !r.take(",") {
			r.need("and", "Between two demands comes a comma")
		}
	}
}

// take takes a word if it comes next; quoted words are names.
func (r *testReader) take(word string) bool {
	if r.fault != "" || len(r.words) == 0 || r.words[0].quoted || !strings.EqualFold(r.words[0].text, word) {
		return false
	}
	r.words = r.words[1:]
	return true
}

func (r *testReader) need(word, otherwise string) {
	if r.take(word) {
		return
	}
	if len(r.words) > 0 {
		otherwise += fmt.Sprintf(". Here stands %q", short(r.words[0].text))
	}
	r.fail(otherwise + ".")
}

func (r *testReader) next() (w testWord) {
	if len(r.words) > 0 {
		w, r.words = r.words[0], r.words[1:]
	}
	return w
}

// name reads a quoted name, or the words before the first of ends.
func (r *testReader) name(what string, ends ...string) string {
	if r.fault == "" && len(r.words) > 0 && r.words[0].quoted {
		return r.filled(what, r.next().text)
	}
	var parts []string
	for r.fault == "" && len(r.words) > 0 && !r.ends(ends) {
		parts = append(parts, r.next().text)
	}
	return r.filled(what, strings.Join(parts, " "))
}

func (r *testReader) ends(words []string) bool {
	w := r.words[0]
	return !w.quoted && slices.ContainsFunc(words, func(end string) bool { return strings.EqualFold(end, w.text) })
}

func (r *testReader) filled(what, name string) string {
	if strings.TrimSpace(name) == "" {
		r.fail("Here " + what + " is missing.")
	}
	return name
}

func (r *testReader) fail(text string) {
	if r.fault == "" {
		r.fault = text
	}
}
