package policies

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
)

func firstRow() basic.Row {
	return basic.Row{Side: "subject", Property: "name", Operator: string(rule.Equal), ValueType: basic.Value}
}

func addedRow() basic.Row {
	return basic.Row{Side: "resource", Property: "stream.name", Operator: string(rule.Equal), ValueType: basic.Value}
}

// read gives the rows of conditions, or says why rows cannot show them.
func read(conditions string) (rows basic.Conditions, why string) {
	e, diagnostics := rule.Parse(conditions)
	if _, found := rule.FirstFault(diagnostics); found {
		return rows, "The text under Conditions cannot be read as it is. Mend it there; the rows come back then."
	}
	if rows, why = basic.Read(e); why != "" {
		why += " Change it under Conditions."
	}
	return rows, why
}

// decodeRows reads the rows and groups as they were sent: a row has all of these fields, a group one. More rows than a page
// shows are not the page's, so the text stands.
func decodeRows(v url.Values) (c basic.Conditions) {
	if len(v["side"]) > basic.MaxRows {
		return c
	}
	at := func(name string, i int) string {
		if list := v[name]; i < len(list) {
			return list[i]
		}
		return ""
	}
	for i := range v["side"] {
		c.Rows = append(c.Rows, basic.Row{
			Side: at("side", i), Property: at("property", i), Operator: at("operator", i), ValueType: at("valuetype", i),
			Value: at("value", i), Join: at("join", i), Kept: at("kept", i) != "", From: i + 1,
		})
	}
	for _, number := range v["tick"] {
		if i, err := strconv.Atoi(number); err == nil && 0 < i && i <= len(c.Rows) {
			c.Rows[i-1].Ticked = true
		}
	}
	for _, text := range v["group"][:min(len(v["group"]), basic.MaxRows)] {
		var g basic.Group
		if _, err := fmt.Sscanf(text, "%d-%d", &g.First, &g.Last); err == nil {
			c.Groups = append(c.Groups, basic.Group{First: g.First - 1, Last: g.Last - 1})
		}
	}
	c.Settle()
	return c
}

// span is how a form says which rows a group has.
func span(g basic.Group) string { return fmt.Sprintf("%d-%d", g.First+1, g.Last+1) }
