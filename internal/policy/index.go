package policy

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
		x.add(int32(i), c.under)
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

// add lists a policy under what it needs.
func (x *index) add(i int32, under need) {
	switch under.path {
	case "":
		x.rest = append(x.rest, i)
	case subjectName:
		x.bySubject[under.value] = append(x.bySubject[under.value], i)
	default:
		at := x.at(under.path)
		at[under.value] = append(at[under.value], i)
	}
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
		if c := &of[i]; (c.subject == "" || c.subject == env.subjectKey) && c.holdsFound(env) {
			return i
		}
	}
	return best
}
