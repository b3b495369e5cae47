package basic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Answer says what a button did, or why it did nothing, and where the editor goes on.
type Answer struct {
	Text  string
	Row   int // number of the row where it goes on
	Group int // number of the group where it goes on, before Row
}

// Group puts the ticked rows in parentheses. They must stand beside each other.
func (c *Conditions) Group() Answer {
	ticked, text := c.ticked()
	if text != "" {
		return Answer{Text: text}
	}
	g := Group{ticked[0], ticked[len(ticked)-1]}
	crossed := slices.IndexFunc(c.Groups, g.crosses)
	switch {
	case g.Last-g.First >= len(ticked):
		return Answer{Text: "Conditions " + numbers(ticked) + " do not stand beside each other. Move them together, or tick those between them too."}
	case c.index(g) >= 0:
		return Answer{Text: "Conditions " + numbers(ticked) + " are a group already."}
	case crossed >= 0:
		return Answer{Text: fmt.Sprintf("Group %d can only be taken as a whole: tick all of its conditions, or only some of them and nothing else.", crossed+1)}
	case c.tooDeep(g):
		return Answer{Text: fmt.Sprintf("Groups can stand %d deep, and these would stand deeper.", MaxDepth)}
	}
	c.Groups = append(c.Groups, g)
	return c.grouped(g, "Conditions "+numbers(ticked)+" are")
}

// ticked gives the indexes of the ticked rows, or says that there are too few.
func (c *Conditions) ticked() (list []int, text string) {
	for i, r := range c.Rows {
		if r.Ticked {
			list = append(list, i)
		}
	}
	if len(list) < 2 {
		return nil, "Tick two or more conditions first."
	}
	return list, ""
}

// numbers says "2 and 3", "2, 3 and 4".
func numbers(list []int) string {
	var all []string
	for _, i := range list {
		all = append(all, strconv.Itoa(i+1))
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// tooDeep says whether a new group, or one in it, would stand too deep.
func (c *Conditions) tooDeep(g Group) bool {
	deepest := depth(c.Groups, g)
	for _, inner := range c.Groups {
		if g.contains(inner) {
			deepest = max(deepest, depth(c.Groups, inner))
		}
	}
	return deepest >= MaxDepth
}

// grouped ends Group and Join: nothing is ticked any more, and the new group is where the editor goes on.
func (c *Conditions) grouped(g Group, who string) Answer {
	c.settled()
	n := c.index(g) + 1
	return Answer{Text: fmt.Sprintf("%s group %d now.", who, n), Row: g.First + 1, Group: n}
}

func (c *Conditions) settled() {
	for i := range c.Rows {
		c.Rows[i].Ticked = false
	}
	c.Settle()
}

// Ungroup takes the parentheses of a group away; what it joins stays.
func (c *Conditions) Ungroup(number int) Answer {
	if number < 1 || number > len(c.Groups) {
		return Answer{}
	}
	first := c.Groups[number-1].First
	c.Groups = slices.Delete(c.Groups, number-1, number)
	c.settled()
	return Answer{Text: fmt.Sprintf("Group %d is undone.", number), Row: first + 1}
}

// Split divides a group in two that stand beside each other: the second one begins at the first ticked row, or else
// halfway. A half of one row is that row alone.
func (c *Conditions) Split(number int) Answer {
	if number < 1 || number > len(c.Groups) {
		return Answer{}
	}
	g, parts := c.Groups[number-1], c.parts(number-1)
	half := (len(parts) + 1) / 2
	for i := len(parts) - 1; i > 0; i-- {
		if slices.ContainsFunc(c.Rows[parts[i].First:parts[i].Last+1], func(r Row) bool { return r.Ticked }) {
			half = i
		}
	}
	second := parts[half].First
	c.Groups = slices.Replace(c.Groups, number-1, number, Group{g.First, second - 1}, Group{second, g.Last})
	c.settled()
	text := fmt.Sprintf("Group %d is split before condition %d.", number, second+1)
	return Answer{Text: text, Row: g.First + 1, Group: c.index(Group{g.First, second - 1}) + 1}
}

// Join merges neighbours into one group: the groups that have ticked rows, and ticked rows beside them.
func (c *Conditions) Join() Answer {
	const how = "Join merges neighbouring groups: tick a condition in each of them."
	ticked, text := c.ticked()
	if text != "" {
		return Answer{Text: text + " " + how}
	}
	in := c.around(Group{ticked[0], ticked[len(ticked)-1]}, false)
	chosen, apart := c.chosen(in, ticked)
	isGroup := func(g Group) bool { return g.First < g.Last }
	switch {
	case len(chosen) < 2 || !slices.ContainsFunc(chosen, isGroup):
		return Answer{Text: how}
	case apart:
		return Answer{Text: "What is ticked does not stand beside each other. " + how}
	}
	all := Group{chosen[0].First, chosen[len(chosen)-1].Last}
	outer, inner := c.Groups[:in+1], c.Groups[in+1:]
	inner = slices.DeleteFunc(slices.Clone(inner), func(g Group) bool { return slices.Contains(chosen, g) })
	c.Groups = append(slices.Concat(outer, inner), all)
	return c.grouped(all, "They are")
}

// chosen gives the parts of a group that have ticked rows, and says whether others stand between them.
func (c *Conditions) chosen(in int, ticked []int) (list []Group, apart bool) {
	last := -1
	for i, part := range c.parts(in) {
		if !slices.ContainsFunc(ticked, part.has) {
			continue
		}
		apart = apart || last >= 0 && last != i-1
		list, last = append(list, part), i
	}
	return list, apart
}
