package repository

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// The bounds of a table.
const (
	maxColumns      = 200
	maxColumnLevels = 5
)

// tableDefinition is the body of POST .../table (Create table): which properties are listed.
type tableDefinition struct {
	ID      string   `json:"id"`
	Type    string   `json:"type"`
	Columns []column `json:"columns"`
}

type column struct {
	Name       string   `json:"name"`
	ColumnType string   `json:"columnType"` // Property, List, Privileges or Function
	Definition string   `json:"definition"`
	List       []column `json:"list"`
}

// table is what comes back, and what a column of type List has in each row.
type table struct {
	ColumnNames []string `json:"columnNames"`
	Rows        [][]any  `json:"rows"`
}

// lists are the properties that the list item types of Qlik's own console lead to.
var lists = map[string]string{"tag": "tags", "custompropertyvalue": "customProperties"}

// tabulate is POST .../table?filter=&skip=&take=&sortColumn=&orderAscending=: the paged way to read. 201, as it adds a definition.
func (k kind[T]) tabulate(s *Server, w http.ResponseWriter, r *http.Request) error {
	var body tableDefinition
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if n := widthOf(body.Columns, 0); n == 0 || n > maxColumns {
		return fault.New(fault.Invalid, "A table has 1 to %d columns, %d levels deep at most.", maxColumns, maxColumnLevels)
	}
	skip, take, err := page(query(r))
	if err != nil {
		return err
	}
	sel, err := k.selection(s, r)
	if err == nil {
		sel.order, err = k.sorting(query(r), body.Columns)
	}
	if err != nil {
		return err
	}
	rows, at := [][]any{}, 0
	err = sel.visit(func(entity T) error {
		if at++; at > skip && (take < 0 || len(rows) < take) {
			rows = append(rows, rowOf(body.Columns, reflect.ValueOf(k.full(entity))))
		}
		return nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, map[string]any{"id": orNoID(body.ID), "type": k.schema, "columnNames": namesOf(body.Columns), "rows": rows})
	return nil
}

// widthOf counts the columns; more than the bound when they are too deep.
func widthOf(columns []column, level int) int {
	if level >= maxColumnLevels {
		return maxColumns + 1
	}
	n := len(columns)
	for _, c := range columns {
		if len(c.List) > 0 {
			n += widthOf(c.List, level+1)
		}
	}
	return n
}

func namesOf(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// page reads skip and take; take is -1 when it is not given.
func page(q map[string]string) (skip, take int, err error) {
	read := func(name string, otherwise int) int {
		n, bad := strconv.Atoi(q[name])
		switch {
		case q[name] == "":
			return otherwise
		case bad != nil || n < 0:
			err = fault.New(fault.Invalid, "%q is no number for %s.", q[name], name)
		}
		return n
	}
	return read("skip", 0), read("take", -1), err
}

// sorting is the order by the column that is asked for, by its name or its property, or by orderby.
func (k kind[T]) sorting(q map[string]string, columns []column) (filter.Order, error) {
	property := q["sortcolumn"]
	if property == "" {
		return filter.ParseOrder(q["orderby"], k.entity())
	}
	named := func(c column) bool { return strings.EqualFold(c.Name, property) }
	if i := slices.IndexFunc(columns, named); i >= 0 {
		property = columns[i].Definition
	}
	direction := " asc"
	if strings.EqualFold(q["orderascending"], "false") {
		direction = " desc"
	}
	return filter.ParseOrder(property+direction, k.entity())
}

func rowOf(columns []column, entity reflect.Value) []any {
	row := make([]any, len(columns))
	for i, c := range columns {
		switch strings.ToLower(c.ColumnType) {
		case "list":
			row[i] = listOf(c, entity)
		case "function":
			row[i] = countOf(c.Definition, entity)
		default:
			row[i] = valueOf(c.Definition, entity)
		}
	}
	return row
}

// valueOf gives a property by its dotted name; null when there is none of that name.
func valueOf(name string, entity reflect.Value) any {
	value, _ := filter.Value(entity, name)
	return value
}

// listOf gives a table of the elements of a list.
func listOf(c column, entity reflect.Value) any {
	name := c.Definition
	if own, known := lists[strings.ToLower(name)]; known {
		name = own
	}
	t := table{ColumnNames: namesOf(c.List), Rows: [][]any{}}
	value, _ := filter.Value(entity, name)
	if elements := reflect.ValueOf(value); value != nil && elements.Kind() == reflect.Slice {
		for i := range elements.Len() {
			t.Rows = append(t.Rows, rowOf(c.List, elements.Index(i)))
		}
	}
	return t
}

// countOf gives count(...) of lists.
func countOf(function string, entity reflect.Value) any {
	inside, good := strings.CutPrefix(strings.ToLower(strings.TrimSpace(function)), "count(")
	if !good {
		return nil
	}
	n := 0
	for name := range strings.SplitSeq(strings.TrimSuffix(inside, ")"), ",") {
		t, is := listOf(column{Definition: strings.TrimSpace(name)}, entity).(table)
		if is {
			n += len(t.Rows)
		}
	}
	return n
}

func orNoID(id string) string {
	if id == "" {
		return state.NoID
	}
	return id
}
