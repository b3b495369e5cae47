package ui

import (
	"context"
	"io"
	"net/url"
)

// Column is a column of an overview table.
type Column struct {
	Key      string // stands in ?sort= and data-col
	Label    string
	Numeric  bool // figures and times: at the right
	Sortable bool
	Hidden   bool // not shown until somebody selects it; with scripts only, so nothing needed may be here
	Minor    bool // dropped below 1200 px
	WideOnly bool // dropped below 720 px, where rows are blocks
	Filter   *Filter
}

// Sort is the order of a table as the address has it.
type Sort struct {
	By         string // Key of a column
	Descending bool
	Query      url.Values // of the request, so that links keep filters
}

// Table is the head of an overview table.
type Table struct {
	ID         string // also the key under which the choice of columns is kept
	Caption    string // for screen readers
	Columns    []Column
	Sort       Sort
	Selectable bool // first column has boxes; each row then starts with RowBox
}

// Filter narrows a table by one property. Make it with FilterBy.
type Filter struct {
	Label   string
	Current string // label of the choice in force; empty when none
	Clear   string // address without this filter
	Choices []FilterChoice
}

// FilterChoice is one choice of a filter: a link.
type FilterChoice struct {
	Label, Href string
	Current     bool
}

// FilterBy makes the filter of the query key "key", which keeps all else in the query.
func FilterBy(label, key string, query url.Values, options []Option) *Filter {
	f := &Filter{Label: label, Clear: Query(query, key, "")}
	for _, o := range options {
		current := query.Get(key) == o.Value && o.Value != ""
		if current {
			f.Current = o.label()
		}
		f.Choices = append(f.Choices, FilterChoice{o.label(), Query(query, key, o.Value), current})
	}
	return f
}

// Search is the search box of a table: a GET form with the query key "q".
type Search struct {
	Value       string
	Placeholder string
	Query       url.Values // of the request; kept in hidden fields
	Attrs       Attributes // of the box, such as hx-get
}

// Toolbar stands above a table.
type Toolbar struct {
	Start   Component // before the filters, such as the number of ticked rows
	Filters []*Filter
	End     Component // after the filters, at the right, such as what is new
	Search  *Search
	Table   *Table // gives it a column selector
}

// Render writes the toolbar.
func (t Toolbar) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Pager leads to the next page of a table by its cursor.
type Pager struct {
	Text  string // "1 to 50 of 2,205"
	First string // address of the first page, when this is another one
	Next  string // address of the next page; empty at the end
	Label string // "Next 50" when empty
}

// Render writes the pager.
func (p Pager) Render(ctx context.Context, w io.Writer) error { return p.view().Render(ctx, w) }

func (p Pager) label() string {
	if p.Label == "" {
		return "Next 50"
	}
	return p.Label
}

// kept are the parts of the query that a search keeps.
func (s Search) kept() [][2]string {
	var pairs [][2]string
	for _, key := range sortedKeys(s.Query) {
		if key == "q" || key == "after" {
			continue
		}
		for _, value := range s.Query[key] {
			pairs = append(pairs, [2]string{key, value})
		}
	}
	return pairs
}

// href sorts by a column: the other way round when it is the current one.
func (s Sort) href(key string) string {
	dir := ""
	if s.By == key && !s.Descending {
		dir = "desc"
	}
	query, _ := url.ParseQuery(Query(s.Query, "sort", key)[1:]) // our own encoding
	return Query(query, "dir", dir)
}

func (s Sort) aria(key string) string {
	switch {
	case s.By != key:
		return "none"
	case s.Descending:
		return "descending"
	default:
		return "ascending"
	}
}

// Fold is a row for equal causes: count, state and cause, the deployment, since when, what to do, at most three buttons.
type Fold struct {
	ID         string
	State      string // "failed"
	Title      string // "12 × Failed: right missing in the tenant"
	Deployment Component
	Since      Component
	Text       string
	Buttons    []Button
	Toggle     string // address that opens or closes it
	Open       bool
	Span       int // columns of the table
}

// Render writes the row.
func (f Fold) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }
