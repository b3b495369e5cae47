package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// Reading is what conditions say, in words.
type Reading struct {
	Text     string // every published app of stream "Finance" → eu
	Sentence string // Sends every published app of stream "Finance" to eu.
	Warnings []ReadingWarning
	Nothing  bool // nothing goes anywhere
}

// ReadingWarning tells what the author surely did not mean. FixTitle and FixConditions offer a change, or are empty.
type ReadingWarning struct {
	Text          string
	FixTitle      string
	FixConditions string
	Code          string    // of the diagnostic that may say the same; empty: none does
	Cause         rule.Span // the part of the conditions that is to blame, of a warning with a code
	InText        bool      // the reading's text says it, too
}

// maxWarnings ends the list of a reading.
const maxWarnings = 20

// Read puts the conditions of a policy or guard in words, for the deployments that there are.
func Read(effect Effect, conditions string, targets []Target) Reading {
	e, diagnostics := read(conditions, rule.Vocabulary{})
	r := &reader{wording: wordingOf(effect), conditions: conditions, tree: e, targets: targets}
	if fault, found := rule.FirstFault(diagnostics); found {
		r.tellNothing("the conditions are not valid (" + fault.Span.Start.String() + ")")
		return r.Reading
	}
	if e == nil {
		r.tell(way{targets: everyDeployment})
		r.warn("There are no conditions, so " + everyApp + r.everywhereAlways + ".")
		return r.Reading
	}
	r.read()
	r.unknownNames()
	return r.Reading
}

// reader makes a reading.
type reader struct {
	Reading
	wording

	conditions string
	tree       rule.Expr
	targets    []Target
}

func (r *reader) read() {
	all, ok := clauses(r.tree)
	if !ok {
		r.quote()
		return
	}
	var alive []clause
	var why string
	for _, c := range all {
		reason, cause := c.never()
		if reason == "" {
			alive = append(alive, c)
			continue
		}
		why = reason
		r.offer(ReadingWarning{Text: "A part of the conditions matches nothing: " + reason + ".", Code: rule.NeverTrue, Cause: cause})
	}
	if len(alive) == 0 {
		r.nothing(why)
		return
	}
	ways := make([]way, len(alive))
	for i, c := range alive {
		ways[i] = inWords(c, r.targets)
	}
	r.tell(ways...)
	r.oneSided(alive, ways)
}

// tell puts in words what goes where.
func (r *reader) tell(ways ...way) {
	r.Text = r.opening + joined(ways, " → ")
	r.Sentence = r.sends + joined(ways, " to ") + "."
}

// tellNothing says why nothing goes anywhere.
func (r *reader) tellNothing(why string) {
	r.Nothing = true
	r.Text = r.empty + why
	r.Sentence = r.sendsNothing + why + "."
}

// nothing reads conditions that no app and deployment can fulfil.
func (r *reader) nothing(why string) {
	if why == "" {
		why = "this is never true"
	}
	r.tellNothing(why)
	r.Warnings = nil
	r.offer(ReadingWarning{Text: "The conditions match nothing: " + why + ".", InText: true})
}

// quote reads conditions that are too long for words.
func (r *reader) quote() {
	const most = 500
	text := []rune(rule.Format(r.tree))
	if len(text) > most {
		text = append(text[:most], '…')
	}
	r.tell(way{targets: "every deployment for which " + string(text)})
	for _, term := range terms(r.tree) {
		if !sides(term).subject {
			r.warn("A part of the conditions names no deployment, so it " + r.all + ".")
		}
	}
}

func (r *reader) warn(text string) { r.offer(ReadingWarning{Text: text}) }

// offer adds a warning once, and a fix once: two warnings may have the same cure.
func (r *reader) offer(w ReadingWarning) {
	for _, old := range r.Warnings {
		if old.Text == w.Text {
			return
		}
		if old.FixConditions == w.FixConditions {
			w.FixTitle, w.FixConditions = "", ""
		}
	}
	if len(r.Warnings) < maxWarnings {
		r.Warnings = append(r.Warnings, w)
	}
}

// never says why a clause cannot be fulfilled, and what is to blame, or "".
func (c clause) never() (reason string, cause rule.Span) {
	seen := map[string]string{}
	for _, a := range c.atoms {
		path, value, ok := asked(a)
		if !ok {
			continue
		}
		at := path.Canonical()
		other, found := seen[at]
		switch {
		case value == "":
			return emptyReason(path), a.expr.Span()
		case found && rule.HoldsOneValue(at) && !strings.EqualFold(other, value):
			return bothReason(path, other, value), a.expr.Span()
		}
		seen[at] = value
	}
	return "", cause
}

// asked gives the property and the one value that an atom asks of it.
func asked(a atom) (path *rule.Path, value string, ok bool) {
	e, isCompare := a.expr.(*rule.Compare)
	if !isCompare || a.not || e.Op != rule.Equal && e.Op != rule.SameText {
		return nil, "", false
	}
	path, text, ok := sorted(e)
	if !ok {
		return nil, "", false
	}
	return path, text.Value, true
}

func bothReason(p *rule.Path, one, other string) string {
	values := short(rule.Quote(one)) + " and " + short(rule.Quote(other))
	if root(p) == "subject" {
		return "no deployment is named both " + values
	}
	return "no app has the " + possessive(p) + " " + values + " at once"
}

func emptyReason(p *rule.Path) string {
	if root(p) == "subject" {
		return "no deployment has an empty name"
	}
	return "no app has an empty " + possessive(p)
}

// unknownNames warns of deployments that there are none of.
func (r *reader) unknownNames() {
	for _, l := range literals(r.tree) {
		name := l.text.Value
		if l.op != rule.Equal && l.op != rule.SameText || name == "" || r.known(l) {
			continue
		}
		r.offer(ReadingWarning{Text: "No deployment is named " + short(rule.Quote(name)) + ".", Code: rule.ValueUnknown, Cause: l.text.Span()})
	}
}

func (r *reader) known(l literal) bool {
	for _, t := range r.targets {
		if t.Name == l.text.Value || l.op == rule.Equal && strings.EqualFold(t.Name, l.text.Value) {
			return true
		}
	}
	return false
}
