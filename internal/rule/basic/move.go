package basic

import (
	"fmt"
	"slices"
)

// Add appends a row after all others, outside of the groups, joined by or.
func (c *Conditions) Add(r Row) {
	c.Rows = append(c.Rows, r)
	c.Settle()
}

// Remove takes a row away. A group of which one row is left is none any more.
func (c *Conditions) Remove(number int) Answer {
	if number < 1 || number > len(c.Rows) {
		return Answer{}
	}
	c.remove(number - 1)
	return Answer{Text: fmt.Sprintf("Condition %d is removed.", number), Row: min(number, len(c.Rows))}
}

func (c *Conditions) remove(i int) {
	opens := slices.ContainsFunc(c.Groups, func(g Group) bool { return g.First == i })
	if opens { // the operator in front of the group stays
		c.Rows[i+1].Join = c.Rows[i].Join
	}
	c.Rows = slices.Delete(c.Rows, i, i+1)
	for n, g := range c.Groups {
		if g.First > i {
			c.Groups[n].First--
		}
		if g.Last >= i {
			c.Groups[n].Last--
		}
	}
	c.Settle()
}

// Up moves a row one step up: past the row before it, out of the group that it begins, or into the group before it.
func (c *Conditions) Up(number int) Answer {
	i := number - 1
	if i < 0 || i >= len(c.Rows) {
		return Answer{}
	}
	leaves := c.last(func(g Group) bool { return g.First == i })
	enters := slices.IndexFunc(c.Groups, func(g Group) bool { return g.Last == i-1 })
	switch {
	case leaves >= 0:
		c.Groups[leaves].First++
		return c.moved(i, "has left its group.")
	case i == 0:
		return Answer{Text: "Condition 1 is the first.", Row: 1}
	case enters >= 0:
		c.Groups[enters].Last++
		return c.moved(i, "is in the group above now.")
	default:
		c.exchange(Group{i - 1, i - 1}, Group{i, i})
		return c.moved(i-1, "is what was condition "+fmt.Sprint(number)+".")
	}
}

// Down moves a row one step down, as Up does the other way.
func (c *Conditions) Down(number int) Answer {
	i := number - 1
	if i < 0 || i >= len(c.Rows) {
		return Answer{}
	}
	leaves := c.last(func(g Group) bool { return g.Last == i })
	enters := slices.IndexFunc(c.Groups, func(g Group) bool { return g.First == i+1 })
	switch {
	case leaves >= 0:
		c.Groups[leaves].Last--
		return c.moved(i, "has left its group.")
	case number == len(c.Rows):
		return Answer{Text: fmt.Sprintf("Condition %d is the last.", number), Row: number}
	case enters >= 0:
		c.Groups[enters].First--
		return c.moved(i, "is in the group below now.")
	default:
		c.exchange(Group{i, i}, Group{i + 1, i + 1})
		return c.moved(i+1, "is what was condition "+fmt.Sprint(number)+".")
	}
}

func (c *Conditions) moved(i int, what string) Answer {
	c.Settle()
	return Answer{Text: fmt.Sprintf("Condition %d %s", i+1, what), Row: i + 1}
}

// GroupUp moves a group one step up as a whole: past what stands before it, or out of the group that it begins.
func (c *Conditions) GroupUp(number int) Answer {
	return c.moveGroup(number, -1, "first")
}

// GroupDown moves a group one step down as a whole.
func (c *Conditions) GroupDown(number int) Answer {
	return c.moveGroup(number, 1, "last")
}

func (c *Conditions) moveGroup(number, step int, end string) Answer {
	if number < 1 || number > len(c.Groups) {
		return Answer{}
	}
	g := c.Groups[number-1]
	outer := c.around(g, true)
	parts := c.parts(outer)
	other := slices.Index(parts, g) + step
	switch {
	case 0 <= other && other < len(parts):
		g = c.pass(g, parts[other])
	case outer < 0:
		return Answer{Text: fmt.Sprintf("Group %d is the %s.", number, end), Row: g.First + 1, Group: number}
	case step < 0:
		c.Groups[outer].First = g.Last + 1
	default:
		c.Groups[outer].Last = g.First - 1
	}
	c.Settle()
	n := c.index(g) + 1
	return Answer{Text: fmt.Sprintf("Group %d begins with condition %d now.", n, g.First+1), Row: g.First + 1, Group: n}
}

// pass moves a group past its neighbour, and gives the group in its new place.
func (c *Conditions) pass(g, neighbour Group) Group {
	if neighbour.Last < g.First {
		c.exchange(neighbour, g)
		return Group{neighbour.First, neighbour.First + g.Last - g.First}
	}
	c.exchange(g, neighbour)
	return Group{g.First + size(neighbour), g.Last + size(neighbour)}
}

func size(g Group) int { return g.Last - g.First + 1 }

// exchange lets two stretches of rows, one right after the other, change places. What joins them, and what stands in front
// of both, stays in its place.
func (c *Conditions) exchange(a, b Group) {
	rows := c.Rows
	rows[a.First].Join, rows[b.First].Join = rows[b.First].Join, rows[a.First].Join
	copy(rows[a.First:], slices.Concat(rows[b.First:b.Last+1], rows[a.First:a.Last+1]))
	for i, g := range c.Groups {
		switch {
		case b.contains(g):
			c.Groups[i] = Group{g.First - size(a), g.Last - size(a)}
		case a.contains(g):
			c.Groups[i] = Group{g.First + size(b), g.Last + size(b)}
		}
	}
	c.Settle()
}
