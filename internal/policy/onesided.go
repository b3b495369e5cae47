package policy

import (
	"slices"

	"github.com/skyferry/skyferry/internal/rule"
)

// oneSided warns of clauses that say nothing about the deployment, and of those that say nothing about the app beside
// others that do: the usual slip of an or that should be an and.
func (r *reader) oneSided(alive []clause, ways []way) {
	picky := slices.ContainsFunc(alive, func(c clause) bool { return c.sides().resource })
	for i, c := range alive {
		has := c.sides()
		goes := "Every published app"
		if ways[i].apps != "" {
			goes += " " + ways[i].apps
		}
		goes += r.goes(ways[i].targets) + ": " + r.part(c)
		switch {
		case !has.subject:
			r.offer(r.makeAnd(c, goes+" names no deployment."))
		case !has.resource && picky:
			r.offer(r.makeAnd(c, goes+" says nothing about the app."))
		}
	}
}

// part names the part of the conditions that a clause comes from.
func (r *reader) part(c clause) string {
	if all := terms(r.tree); len(all) > 1 {
		return "the part " + short(rule.Format(all[c.term]))
	}
	if c.sides() == (side{}) {
		return "a condition that is always true"
	}
	return "the condition"
}

// makeAnd offers to turn the or beside the clause's part into an and, where the neighbour says what the part lacks and
// lacks what it says.
func (r *reader) makeAnd(c clause, text string) ReadingWarning {
	w := ReadingWarning{Text: text}
	or, ok := rule.Inner(r.tree).(*rule.Logical)
	if !ok || or.Op != rule.Or {
		return w
	}
	mine := sides(or.Terms[c.term])
	for _, neighbour := range []int{c.term + 1, c.term - 1} {
		if neighbour < 0 || neighbour >= len(or.Terms) {
			continue
		}
		other := sides(or.Terms[neighbour])
		if mine.subject != other.subject && mine.resource != other.resource {
			w.FixTitle, w.FixConditions = "Make it AND", r.joined(or.Joins[min(c.term, neighbour)])
			return w
		}
	}
	return w
}

// joined gives the conditions with one or turned into and.
func (r *reader) joined(or rule.Span) string {
	and := "and"
	if or.In(r.conditions) == "||" { // signs need no blanks around them
		and = "&&"
	}
	return rule.Fix{Span: or, Text: and}.Apply(r.conditions)
}
