package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

const (
	pageSize    = 50
	maxPageSize = 200
)

// AppFilter chooses apps of the overview. Empty fields do not choose.
type AppFilter struct {
	Search     string // part of the name of the app, its stream or its owner
	Stream     string // id
	Owner      string // id
	Published  *bool
	Sort       string // name (default), stream, owner, size, reload, changed
	Descending bool
	After      string // AppPage.Next of the page before
	Limit      int    // at most 200; 0 means 50
}

// AppPage is one page of the overview. Total counts all apps that the filter chooses. Next is empty on the last page.
type AppPage struct {
	Rows  []AppRow
	Total int
	Next  string
}

// AppRow is one app with its state in each deployment that it goes or went to.
type AppRow struct {
	site.App
	States []AppState
}

// AppState is where an app stands in one deployment.
type AppState struct {
	Deployment distribution.DeploymentRef
	State      distribution.State
}

// appSort is a column that has an index together with the id, and the value that an app has in it.
type appSort struct {
	column string
	key    func(site.App) any
}

var appSorts = map[string]appSort{
	"name":    {"a.name_key", func(a site.App) any { return nameKey(a.Name) }},
	"stream":  {"a.stream_key", func(a site.App) any { return streamKey(a.Stream) }},
	"owner":   {"a.owner_key", func(a site.App) any { return ownerKey(a.Owner) }},
	"size":    {"a.size", func(a site.App) any { return a.Size }},
	"reload":  {"a.last_reload", func(a site.App) any { return micros(a.LastReload) }},
	"changed": {"a.modified", func(a site.App) any { return micros(a.Modified) }},
}

func streamKey(s *site.Stream) string {
	if s == nil {
		return ""
	}
	return nameKey(s.Name)
}

func ownerKey(o site.Owner) string { return nameKey(o.Name) }

// Apps gives one page of the overview, by keyset: going on costs the same on every page, and rows that come and go
// meanwhile neither repeat nor hide others.
func (s *Store) Apps(ctx context.Context, f AppFilter) (page AppPage, err error) {
	sort, ok := appSorts[f.Sort]
	if !ok {
		sort = appSorts["name"]
	}
	where, args := f.where()
	limit := pageLimit(f.Limit)
	err = s.read(ctx, func(tx *tx) error {
		if err := tx.row(ctx, `SELECT COUNT(*) FROM apps a `+where, args...).Scan(&page.Total); err != nil {
			return err
		}
		rest, args, err := f.after(sort, where, args)
		if err != nil {
			return err
		}
		apps, err := tx.apps(ctx, rest, append(args, limit+1)...)
		if err != nil {
			return err
		}
		if len(apps) > limit {
			apps = apps[:limit]
			page.Next = cursor{sort.key(apps[limit-1]), apps[limit-1].ID}.String()
		}
		page.Rows, err = tx.withStates(ctx, apps)
		return err
	})
	return page, err
}

// where gives the conditions of the filter; it touches the table apps only, so that counting is cheap.
func (f AppFilter) where() (string, []any) {
	conditions, args := []string{"1 = 1"}, []any(nil)
	if strings.TrimSpace(f.Search) != "" {
		conditions = append(conditions, `(a.name_key LIKE ? ESCAPE '\' OR a.stream_key LIKE ? ESCAPE '\' OR a.owner_key LIKE ? ESCAPE '\')`)
		args = append(args, contains(f.Search), contains(f.Search), contains(f.Search))
	}
	if f.Stream != "" {
		conditions, args = append(conditions, `a.stream_id = ?`), append(args, f.Stream)
	}
	if f.Owner != "" {
		conditions, args = append(conditions, `a.owner_id = ?`), append(args, f.Owner)
	}
	if f.Published != nil && *f.Published {
		conditions = append(conditions, `a.stream_id IS NOT NULL`)
	} else if f.Published != nil {
		conditions = append(conditions, `a.stream_id IS NULL`)
	}
	return `WHERE ` + strings.Join(conditions, ` AND `), args
}

// after adds where the page begins, and the order.
func (f AppFilter) after(sort appSort, where string, args []any) (string, []any, error) {
	than, direction := ">", "ASC"
	if f.Descending {
		than, direction = "<", "DESC"
	}
	if f.After != "" {
		_, text := sort.key(site.App{}).(string)
		c, err := parseCursorOf(f.After, text)
		if err != nil {
			return "", nil, err
		}
		where += ` AND (` + sort.column + `, a.id) ` + than + ` (?, ?)`
		args = append(args, c.key, c.id)
	}
	return where + ` ORDER BY ` + sort.column + ` ` + direction + `, a.id ` + direction + ` LIMIT ?`, args, nil
}

func (tx *tx) withStates(ctx context.Context, apps []site.App) ([]AppRow, error) {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = a.ID
	}
	states, err := tx.appStates(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]AppRow, len(apps))
	for i, a := range apps {
		rows[i] = AppRow{App: a, States: states[a.ID]}
	}
	return rows, nil
}

func pageLimit(wanted int) int {
	if wanted <= 0 {
		return pageSize
	}
	return min(wanted, maxPageSize)
}

// cursor is the last row of a page: the value that it is sorted by, and its id.
type cursor struct {
	key any // a text, or a whole number below 2^53, so that JSON keeps it
	id  string
}

// String gives the cursor as it stands in an address.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(asJSON([]any{c.key, c.id})))
}

// parseCursor reads a cursor from an address.
func parseCursor(address string) (cursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(address)
	var parts []any
	if err != nil || json.Unmarshal(raw, &parts) != nil || len(parts) != 2 {
		return cursor{}, errCursor
	}
	id, ok := parts[1].(string)
	if !ok {
		return cursor{}, errCursor
	}
	switch key := parts[0].(type) {
	case string:
		return cursor{key, id}, nil
	case float64:
		return cursor{int64(key), id}, nil
	default:
		return cursor{}, errCursor
	}
}

// parseCursorOf reads a cursor whose key is a text or a number; one of another sort is refused.
func parseCursorOf(address string, text bool) (cursor, error) {
	c, err := parseCursor(address)
	if _, isText := c.key.(string); err == nil && isText != text {
		return cursor{}, errCursor
	}
	return c, err
}

var errCursor = fault.New(fault.Invalid, "The address of this page is damaged. Begin with the first page.")
