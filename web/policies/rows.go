package policies

import (
	"net/url"
	"strconv"

	"github.com/skyferry/skyferry/internal/rule"
)

// maxRows is how many conditions the page shows as rows; longer conditions are edited as text.
const maxRows = 100

// row is a condition of the Basic editor. One that was added and has no value yet stands for nothing; one that came from
// the text counts as it is, even with an empty value, as the template has it.
type row struct {
	rule.Row
	Kept bool
}

func (r row) counts() bool { return r.Kept || r.Value != "" }

func firstRow() row {
	return row{Row: rule.Row{Side: "subject", Property: "name", Operator: string(rule.Equal), ValueType: rule.RowValue}}
}

func addedRow() row {
	return row{Row: rule.Row{Side: "resource", Property: "stream.name", Operator: string(rule.Equal), ValueType: rule.RowValue, Join: string(rule.Or)}}
}

// write gives the conditions of the rows that count.
func write(rows []row) string {
	var written []rule.Row
	for _, r := range rows {
		if r.counts() {
			written = append(written, r.Row)
		}
	}
	return rule.WriteRows(written)
}

// read gives the rows of conditions, or says why rows cannot show them.
func read(conditions string) (rows []row, why string) {
	e, diagnostics := rule.Parse(conditions)
	if _, found := rule.FirstFault(diagnostics); found {
		return nil, "The text under Conditions cannot be read as it is. Mend it there; the rows come back then."
	}
	list, ok, why := rule.ReadRows(e)
	switch {
	case !ok:
		return nil, why + " Change it under Conditions."
	case len(list) > maxRows:
		return nil, "The text has " + strconv.Itoa(len(list)) + " conditions, more than rows can show. Change it under Conditions."
	}
	for _, r := range list {
		rows = append(rows, row{r, true})
	}
	return rows, ""
}

// decodeRows reads the rows as they were sent: each has all of these fields.
func decodeRows(v url.Values) (rows []row) {
	at := func(name string, i int) string {
		if list := v[name]; i < len(list) {
			return list[i]
		}
		return ""
	}
	for i := range min(len(v["side"]), maxRows+1) { // one may have been added to a full page
		rows = append(rows, row{rule.Row{
			Side: at("side", i), Property: at("property", i), Operator: at("operator", i), ValueType: at("valuetype", i),
			Value: at("value", i), Join: at("join", i),
		}, at("kept", i) != ""})
	}
	return rows
}
