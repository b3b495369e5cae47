package policies

import (
	"maps"
	"strconv"

	"github.com/skyferry/skyferry/internal/rule/basic"
	"github.com/skyferry/skyferry/web/ui"
)

// edit does what a button of the rows does: a verb, and the number of a row or group where it acts on one.
func (f *form) edit(verb, number string) {
	n, _ := strconv.Atoi(number) // no number is no row
	c := &f.Rows
	does := map[string]func() basic.Answer{
		"add": f.add, "group": c.Group, "join": c.Join,
		"remove": func() basic.Answer { return c.Remove(n) }, "up": func() basic.Answer { return c.Up(n) }, "down": func() basic.Answer { return c.Down(n) },
		"ungroup": func() basic.Answer { return c.Ungroup(n) }, "split": func() basic.Answer { return c.Split(n) },
		"groupup": func() basic.Answer { return c.GroupUp(n) }, "groupdown": func() basic.Answer { return c.GroupDown(n) },
	}[verb]
	if does == nil || f.WhyNoRows != "" {
		return
	}
	before := c.String()
	answer := does()
	if after := c.String(); after != before {
		f.Conditions = after
	}
	if len(c.Rows) == 0 {
		c.Rows, answer.Row = []basic.Row{firstRow()}, 1
	}
	f.Said, f.Focus, f.FreshRows = answer.Text, focus(verb, answer), answer.Row > 0
}

func (f *form) add() basic.Answer {
	if len(f.Rows.Rows) == basic.MaxRows {
		return basic.Answer{Text: "Rows show " + strconv.Itoa(basic.MaxRows) + " conditions at most. Add more under Conditions."}
	}
	f.Rows.Add(addedRow())
	return basic.Answer{Row: len(f.Rows.Rows)}
}

// focus gives the id of the control where the keyboard goes on: the same button of what has moved, what takes the place of
// what is gone, or the button itself when it did nothing.
func focus(verb string, a basic.Answer) string {
	row, group := "-"+strconv.Itoa(a.Row), "-"+strconv.Itoa(a.Group)
	switch verb {
	case "groupup", "groupdown":
		return verb + group
	case "up", "down", "remove":
		return verb + row
	case "add":
		return "side" + row
	}
	switch {
	case a.Row == 0:
		return verb
	case a.Group > 0:
		return "ungroup" + group
	default:
		return "tick" + row
	}
}

// button is one that changes the rows; it has an id, so that the focus can come back to it.
func (p page) button(b ui.Button, verb string, number int) ui.Button {
	id := verb
	if b.Name, b.Value, b.NoCheck = "do", verb, true; number > 0 {
		id, b.Value = verb+"-"+strconv.Itoa(number), verb+":"+strconv.Itoa(number)
	}
	attrs := ui.Attributes{"id": id, "autofocus": p.Form.Focus == id}
	maps.Copy(attrs, b.Attrs)
	maps.Copy(attrs, p.live())
	b.Attrs = attrs
	return b
}

// mark is a small button of a row or group, without words.
func (p page) mark(label string, icon ui.IconName, verb string, number int) ui.Button {
	return p.button(ui.Button{Label: label, Icon: icon, IconOnly: true, Kind: ui.Quiet}, verb, number)
}

// groupButton is a button at the head of a group, which says the group's name after its own.
func (p page) groupButton(label, verb string, number int) ui.Button {
	return p.button(ui.Button{
		Label: label, Kind: ui.Quiet, Small: true, Attrs: ui.Attributes{"aria-describedby": "group-" + strconv.Itoa(number)},
	}, verb, number)
}
