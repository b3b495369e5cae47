package tenant

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Bounds of a page of a list (qlik-cloud-api.md sections 0 and 5).
const (
	defaultLimit = 10
	maxLimit     = 100
)

// listBody is a page of a list; hrefs are absolute, because official clients need that (section 0).
type listBody[T any] struct {
	Data  []T       `json:"data"`
	Links links     `json:"links"`
	Meta  *listMeta `json:"meta,omitempty"`
}

type listMeta struct {
	Count int `json:"count"`
}

type links struct {
	Self        *link `json:"self,omitempty"`
	Next        *link `json:"next,omitempty"`
	Prev        *link `json:"prev,omitempty"`
	Open        *link `json:"open,omitempty"`
	Collections *link `json:"collections,omitempty"`
	Items       *link `json:"items,omitempty"`
	Assignments *link `json:"assignments,omitempty"`
	Space       *link `json:"space,omitempty"`
}

type link struct {
	Href string `json:"href"`
}

func linkTo(href string) *link { return &link{href} }

// baseURL is the address by which the caller reached the tenant. Forwarded headers are not believed.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func selfURL(r *http.Request) string { return baseURL(r) + r.URL.RequestURI() }

// listing says which page of a list is asked for, and in which order.
type listing struct {
	index      string
	prefix     string // of the index; empty: all of it
	descending bool
	limit      int
	cursor     string // an entry of the index; empty: from the beginning
	before     bool   // the page before the cursor, not behind it
	names      cursorNames
	only       func(entry string) bool // of the index; nil: all
}

// cursorNames are the query parameters of the cursors, which differ by service.
type cursorNames struct{ next, prev string }

var usualCursors = cursorNames{"next", "prev"}

// listingOf reads limit, sort and cursor of a query. orders maps what sort may name to the index that sorts so; the one
// under the empty name is the default.
func listingOf(r *http.Request, orders map[string]string, names cursorNames) (l listing, err error) {
	query := r.URL.Query()
	l.names = names
	if l.limit, err = limitOf(r); err != nil {
		return l, err
	}
	if err := l.sortBy(query.Get("sort"), orders); err != nil {
		return l, err
	}
	next, prev := query.Get(names.next), query.Get(names.prev)
	if next != "" && prev != "" {
		return l, fault.New(fault.Invalid, "Either %s or %s is given, not both.", names.next, names.prev)
	}
	l.before = prev != ""
	cursor, err := base64.RawURLEncoding.DecodeString(next + prev)
	if err != nil {
		return l, fault.New(fault.Invalid, "The cursor is none that this list gave.")
	}
	l.cursor = string(cursor)
	return l, nil
}

// sortBy reads +name or -name; a plus sign that was not escaped arrives as a space.
func (l *listing) sortBy(sort string, orders map[string]string) error {
	l.descending = strings.HasPrefix(sort, "-")
	name := strings.TrimLeft(sort, "+- ")
	index, known := orders[name]
	if !known {
		return fault.New(fault.Invalid, "This list cannot be sorted by %q.", name)
	}
	l.index = index
	return nil
}

// limitOf reads the query parameter limit.
func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, fault.New(fault.Invalid, "limit must be a number from 1 to %d.", maxLimit)
	}
	return limit, nil
}

// rows is one page of records, with the entries of the index at its ends.
type rows[T any] struct {
	records     []T
	first, last string
	more        bool // behind the last row, in the direction that was read
}

// readRows reads one page of the records that keep accepts. Cursors are places, not numbers: they stay true while
// records come and go.
func readRows[T any](tx *state.Tx, table state.Table[T], l listing, keep func(T) bool) (page rows[T], err error) {
	part := state.Part{Prefix: l.prefix, After: l.cursor, Backward: l.descending != l.before, Only: l.only}
	err = table.Visit(tx, l.index, part, func(entry string, record T) (bool, error) {
		if keep != nil && !keep(record) {
			return true, nil
		}
		if page.more = len(page.records) == l.limit; page.more {
			return false, nil
		}
		if page.records = append(page.records, record); page.first == "" {
			page.first = entry
		}
		page.last = entry
		return true, nil
	})
	if l.before {
		slices.Reverse(page.records)
		page.first, page.last = page.last, page.first
	}
	return page, err
}

// cutRows cuts a page out of records that were all read, as readRows would have read it.
func cutRows[T any](records []T, l listing, entryOf func(T) string) (page rows[T]) {
	backward := l.descending != l.before
	slices.SortFunc(records, func(a, b T) int {
		order := strings.Compare(entryOf(a), entryOf(b))
		if backward {
			return -order
		}
		return order
	})
	for _, record := range records {
		entry := entryOf(record)
		if l.cursor != "" && (entry <= l.cursor) != backward || entry == l.cursor {
			continue
		}
		if page.more = len(page.records) == l.limit; page.more {
			break
		}
		if page.records = append(page.records, record); page.first == "" {
			page.first = entry
		}
		page.last = entry
	}
	if l.before {
		slices.Reverse(page.records)
		page.first, page.last = page.last, page.first
	}
	return page
}

// pageLinks are the links of a page; a page without neighbours has only self.
func pageLinks[T any](r *http.Request, l listing, page rows[T]) links {
	found := links{Self: linkTo(selfURL(r))}
	if page.first == "" {
		return found
	}
	if l.before || page.more {
		found.Next = cursorLink(r, l.names, l.names.next, page.last)
	}
	if l.cursor != "" && (!l.before || page.more) {
		found.Prev = cursorLink(r, l.names, l.names.prev, page.first)
	}
	return found
}

// cursorLink is the address of the same list from an entry on.
func cursorLink(r *http.Request, names cursorNames, name, entry string) *link {
	query := r.URL.Query()
	query.Del(names.next)
	query.Del(names.prev)
	query.Set(name, base64.RawURLEncoding.EncodeToString([]byte(entry)))
	return linkTo(baseURL(r) + r.URL.Path + "?" + query.Encode())
}

// listOf makes the answer of a page.
func listOf[T, B any](r *http.Request, l listing, page rows[T], body func(T) B) listBody[B] {
	list := listBody[B]{Data: []B{}, Links: pageLinks(r, l, page)}
	for _, record := range page.records {
		list.Data = append(list.Data, body(record))
	}
	return list
}

// allOf is a whole short list as one page.
func allOf[T, B any](r *http.Request, records []T, body func(T) B) listBody[B] {
	return listOf(r, listing{}, rows[T]{records: records}, body)
}

// flag reads a query parameter that is true or false; absent is nil.
func flag(r *http.Request, name string) *bool {
	value, err := strconv.ParseBool(r.URL.Query().Get(name))
	if err != nil {
		return nil
	}
	return &value
}
