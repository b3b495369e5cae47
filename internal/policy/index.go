package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// index finds the policies that can be true for an app and a target without asking all of them: most conditions need one
// value to be a certain text, and are listed under it.
type index struct {
	byValue   []listed
	bySubject map[string][]int32 // by the folded name of the target
	rest      []int32            // that must be asked always
}

// listed are the policies that need a value at a path: by folded value, their numbers in the order of names.
type listed struct {
	path   string
	values map[string][]int32
}

func newIndex(of []compiled) index {
	x := index{bySubject: map[string][]int32{}}
	for i, c := range of {
		x.add(int32(i), needs(c.tree))
	}
	return x
}

// at gives the list of a path.
func (x *index) at(path string) map[string][]int32 {
	for _, l := range x.byValue {
		if l.path == path {
			return l.values
		}
	}
	x.byValue = append(x.byValue, listed{path, map[string][]int32{}})
	return x.byValue[len(x.byValue)-1].values
}

// add lists a policy under what it needs: a value of the app rather than the target's name, since there are more of these.
func (x *index) add(i int32, needed []need) {
	var best *need
	for n := range needed {
		if best == nil || best.path == "subject.name" {
			best = &needed[n]
		}
	}
	switch {
	case best == nil:
		x.rest = append(x.rest, i)
	case best.path == "subject.name":
		x.bySubject[best.value] = append(x.bySubject[best.value], i)
	default:
		at := x.at(best.path)
		at[best.value] = append(at[best.value], i)
	}
}

// subjectOf gives the folded name of the only target that a condition can be true for; empty when there may be others.
func subjectOf(e rule.Expr) string {
	for _, n := range needs(e) {
		if n.path == "subject.name" {
			return n.value
		}
	}
	return ""
}

// need is a comparison without which a condition cannot be true: a path has a value, whatever its case.
type need struct{ path, value string }

// needs gives what a condition needs; there may be more than it finds.
func needs(e rule.Expr) []need {
	switch e := rule.Inner(e).(type) {
	case *rule.Logical:
		if e.Op != rule.And {
			return nil
		}
		var all []need
		for _, term := range e.Terms {
			all = append(all, needs(term)...)
		}
		return all
	case *rule.Compare:
		return needed(e)
	default:
		return nil
	}
}

func needed(e *rule.Compare) []need {
	path, text, ok := sorted(e)
	if !ok || e.Op != rule.Equal && e.Op != rule.SameText {
		return nil
	}
	return []need{{strings.ToLower(path.String()), fold(text.Value)}}
}

// first gives the first policy by name that holds; nil for none.
func (x *index) first(of []compiled, env *environment) *compiled {
	best := int32(len(of))
	best = lowest(of, x.rest, env, best)
	best = lowest(of, x.bySubject[env.subjectKey], env, best)
	for _, l := range x.byValue {
		for _, key := range env.keys(l.path) {
			best = lowest(of, l.values[key], env, best)
		}
	}
	if int(best) == len(of) {
		return nil
	}
	return &of[best]
}

// lowest gives the lowest number below best whose policy holds, or best.
func lowest(of []compiled, candidates []int32, env *environment, best int32) int32 {
	for _, i := range candidates {
		if i >= best {
			return best
		}
		if c := &of[i]; (c.subject == "" || c.subject == env.subjectKey) && c.holds(env) {
			return i
		}
	}
	return best
}
