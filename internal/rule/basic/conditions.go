// Package basic is the model of the Basic editor: conditions as rows and groups of rows, read from a text and written as
// one, and what the editor's buttons do with them.
//
// A group is a stretch of rows, as a pair of parentheses is a stretch of text. Between two rows that follow each other
// stands one and or or, whichever groups begin or end there. So whatever moves, rows and parentheses move past an operator
// that stays in its place.
package basic

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// The bounds of what the editor shows; more is edited as text.
const (
	MaxRows  = 100
	MaxDepth = 4 // groups in groups
)

// The value types of a row.
const (
	Value    = "Value"
	Property = "Property"
)

// Conditions are the rows in their order, and the groups: outer ones before inner ones, first ones before later ones. Rows
// and groups are numbered in this order, from 1.
type Conditions struct {
	Rows   []Row
	Groups []Group
}

// Row is one condition.
type Row struct {
	Join      string // "or" or "and", with the row before; the first row has none
	Side      string // "subject" or "resource"
	Property  string // below the side: "name", "stream.name", "@Cloud"
	Operator  string // one of rule.Operators
	ValueType string // Value or Property
	Value     string // a text, or a whole path such as "resource.@Cloud"
	Kept      bool   // counts even with an empty value; a row that was just added has none yet and stands for nothing
	Ticked    bool   // chosen for Group and Join
	From      int    // its number before the last change; 0: it was not there
}

// Group is a pair of parentheses around the rows from First to Last, which are indexes.
type Group struct{ First, Last int }

// Complete says whether the row stands for a condition.
func (r Row) Complete() bool {
	switch {
	case r.Property == "":
		return false
	case r.ValueType == Property:
		return strings.TrimSpace(r.Value) != ""
	default:
		return r.Kept || r.Value != ""
	}
}

func (g Group) has(i int) bool { return g.First <= i && i <= g.Last }

func (g Group) contains(other Group) bool { return g.First <= other.First && other.Last <= g.Last }

// crosses says whether the groups overlap and neither holds the other.
func (g Group) crosses(other Group) bool {
	return g.First <= other.Last && other.First <= g.Last && !g.contains(other) && !other.contains(g)
}

// Settle makes rows and groups sound, wherever they come from: what is no group of two or more rows is dropped, and so is
// a group that crosses another one or stands too deep.
func (c *Conditions) Settle() {
	for i := range c.Rows {
		c.Rows[i].Join = joint(i, c.Rows[i].Join)
	}
	slices.SortFunc(c.Groups, func(a, b Group) int { return cmp.Or(a.First-b.First, b.Last-a.Last) })
	var sound []Group
	for _, g := range slices.Compact(c.Groups) {
		crossing := slices.ContainsFunc(sound, g.crosses)
		if 0 <= g.First && g.First < g.Last && g.Last < len(c.Rows) && !crossing && depth(sound, g) < MaxDepth {
			sound = append(sound, g)
		}
	}
	c.Groups = sound
}

func joint(i int, join string) string {
	switch {
	case i == 0:
		return ""
	case join == string(rule.And):
		return join
	default:
		return string(rule.Or)
	}
}

// depth counts the groups around a stretch of rows.
func depth(groups []Group, of Group) (n int) {
	for _, g := range groups {
		if g.contains(of) {
			n++
		}
	}
	return n
}

// Item is a part of a group, or of the whole: a row, or a group.
type Item struct {
	Row   int // its number; of a group the number of its first row
	Group int // its number; 0: a row
}

// Items gives the parts of a group; 0 is the whole.
func (c Conditions) Items(group int) (list []Item) {
	for _, g := range c.parts(group - 1) {
		item := Item{Row: g.First + 1}
		if g.First < g.Last {
			item.Group = c.index(g) + 1
		}
		list = append(list, item)
	}
	return list
}

// parts are the parts of the group with this index as stretches of rows; of the whole for -1.
func (c Conditions) parts(of int) (list []Group) {
	in := Group{0, len(c.Rows) - 1}
	if of >= 0 {
		in = c.Groups[of]
	}
	for i := in.First; i <= in.Last; i = list[len(list)-1].Last + 1 {
		part := Group{i, i}
		if inner := slices.IndexFunc(c.Groups[of+1:], func(g Group) bool { return g.First == i }); inner >= 0 {
			part = c.Groups[of+1+inner]
		}
		list = append(list, part)
	}
	return list
}

// index finds a group; -1 when there is none.
func (c Conditions) index(g Group) int { return slices.Index(c.Groups, g) }

// around gives the innermost group around a stretch of rows, but not the one that is just the stretch when other is set;
// -1 when there is none.
func (c Conditions) around(of Group, other bool) int {
	return c.last(func(g Group) bool { return g.contains(of) && (!other || g != of) })
}

// last finds the innermost of the groups that begin, that end, or that stand around at one place; -1 when there is none.
func (c Conditions) last(is func(Group) bool) int {
	for i, g := range slices.Backward(c.Groups) {
		if is(g) {
			return i
		}
	}
	return -1
}
