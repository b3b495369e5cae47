package policy

import (
	"github.com/skyferry/skyferry/internal/rule"
)

// maxParts bounds the answers that are kept: an editor asks for new ones with every key.
const maxParts = 20_000

// part is a comparison or a call, with the answer of every app to it.
type part struct {
	program *rule.Program
	target  Target // the subject, where the part mentions it
	bits    Bits
}

// answer takes in what one app says.
func (p *part) answer(a *Apps, i int) {
	env := a.envs[i]
	env.aim(p.target)
	p.bits.put(i, p.program.Eval(env))
}

// partKey names a part: its canonical text, and the target where it mentions the subject.
type partKey struct {
	text   string
	target Target
}

// leaf is a comparison or call of a compiled condition.
type leaf struct {
	key     string // canonical text
	program *rule.Program
	sides   side
	path    string // of a comparison of a path below resource ...
	op      rule.Op
	value   string // ... with a fixed text,
	joins   bool   // or with the subject's name
	named   bool   // subject.name=value, whatever the case
}

func newLeaf(e rule.Expr) (*leaf, error) {
	program, err := rule.Compile(e)
	if err != nil {
		return nil, err
	}
	l := &leaf{key: rule.Format(e), program: program, sides: sides(e)}
	if compare, ok := e.(*rule.Compare); ok {
		l.compare(compare)
	}
	return l, nil
}

// compare notes the shapes that are answered from the columns.
func (l *leaf) compare(e *rule.Compare) {
	if text, ok := against(e, "subject.name"); ok && e.Op == rule.Equal {
		l.named, l.value = true, text.Value
		return
	}
	left, right := rule.Inner(e.Left), rule.Inner(e.Right)
	symmetric := e.Op != rule.Like && e.Op != rule.Matches
	if p, ok := left.(*rule.Path); symmetric && (!ok || root(p) == "subject") {
		left, right = right, left
	}
	path, ok := left.(*rule.Path)
	if !ok || root(path) != "resource" {
		return
	}
	switch r := right.(type) {
	case *rule.Text:
		l.path, l.op, l.value = path.Canonical(), e.Op, r.Value
	case *rule.Path:
		if r.Canonical() == "subject.name" {
			l.path, l.op, l.joins = path.Canonical(), e.Op, true
		}
	}
}

// over gives the answer of every app, for a target where the part mentions it.
func (l *leaf) over(a *Apps, t Target) Bits {
	key := partKey{text: l.key}
	if l.sides.subject {
		key.target = t
	}
	if p, ok := a.parts[key]; ok {
		return p.bits
	}
	if len(a.parts) >= maxParts {
		clear(a.parts)
	}
	p := &part{program: l.program, target: t, bits: newBits(len(a.apps))}
	l.ask(a, p)
	a.parts[key] = p
	return p.bits
}

// ask fills in the answers: from a column where it can, else by asking each app.
func (l *leaf) ask(a *Apps, p *part) {
	value := l.value
	if l.joins {
		value = p.target.Name
	}
	switch {
	case l.path == "" || l.op == rule.NotEqual || l.op == rule.NotSameText || l.joins && value == "":
		for i, env := range a.envs {
			if env != nil {
				p.answer(a, i)
			}
		}
	case l.op == rule.Equal:
		for _, exact := range a.columns[l.path].folded[fold(value)] {
			p.bits.putAll(a.columns[l.path].exact[exact])
		}
	case l.op == rule.SameText:
		p.bits.putAll(a.columns[l.path].exact[value])
	default:
		l.match(a, p)
	}
}

// match tries a pattern on each value once, however many apps have it.
func (l *leaf) match(a *Apps, p *part) {
	one := make([]string, 1)
	probe := &environment{paths: []property{{path: l.path, values: one}}}
	for value, apps := range a.columns[l.path].exact {
		if one[0] = value; len(apps) > 0 && l.program.Eval(probe) {
			p.bits.putAll(apps)
		}
	}
}
