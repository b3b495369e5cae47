package store

import (
	"strings"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

// The status page has two kinds of lines: current deliveries, and placements that no current delivery stands for. Each is
// chosen and sorted from an index of its own, and the two lists are merged.

// needsAttention chooses the lines of the tab Attention; d is the delivery. From the third try on, retrying counts.
const needsAttention = `(d.shown IN ('failed', 'paused') OR d.shown = 'retrying' AND d.tries >= 3)`

// tabs says which deliveries stand on which tab.
var tabs = map[distribution.Tab]string{
	distribution.TabAttention: needsAttention,
	distribution.TabProgress:  `d.shown IN ('exporting', 'uploading', 'importing', 'placing')`,
	distribution.TabWaiting:   `d.shown IN ('waiting', 'retrying')`,
	// Nearly all are distributed: as an expression it keeps the planner from fetching them all to sort them, where the
	// sort's own index gives a page at once.
	distribution.TabDistributed: `d.shown || '' = 'distributed'`,
	distribution.TabLeft:        `d.shown = 'left in tenant'`,
	distribution.TabAll:         `1 = 1`,
}

// statusSort is a column that lines are sorted by, of deliveries (d) and of lone placements (p): texts, or numbers.
type statusSort struct {
	ofDelivery, ofPlacement string
	isText                  bool
}

var statusSorts = map[string]statusSort{
	"app":        {`d.app_key`, `p.app_key`, true},
	"deployment": {`COALESCE(dep.name_key, '')`, `COALESCE(dep.name_key, '')`, true},
	"state":      {`d.shown`, `CASE WHEN p.orphan THEN 'left in tenant' END`, true}, // no database sorts by a bare constant
	"attempts":   {`d.attempts`, `CASE WHEN p.orphan THEN 0 END`, false},
	"changed":    {`d.changed`, `CASE WHEN p.left_at = 0 THEN p.refreshed ELSE p.left_at END`, false},
}

// choice is a filter in the making: conditions with their arguments.
type choice struct {
	conditions []string
	args       []any
}

func (c *choice) and(condition string, args ...any) {
	c.conditions = append(c.conditions, condition)
	c.args = append(c.args, args...)
}

// where gives the conditions; it is a copy, so that more can be added to each use.
func (c choice) where() string { return ` WHERE ` + strings.Join(c.conditions, ` AND `) }

func (c choice) with(condition string, args ...any) choice {
	more := choice{append([]string(nil), c.conditions...), append([]any(nil), c.args...)}
	more.and(condition, args...)
	return more
}

// ofDeliveries is the filter without its tab, for deliveries.
func ofDeliveries(f distribution.StatusFilter) choice {
	c := choice{conditions: []string{`d.is_current`}}
	if f.Deployment != "" {
		c.and(`d.deployment_id = ?`, f.Deployment)
	}
	if f.Stream != "" {
		c.and(`d.stream_key = ?`, nameKey(f.Stream))
	}
	if f.State != "" {
		c.and(`d.shown = ?`, f.State)
	}
	if f.Cause != "" {
		c.and(`d.cause = ?`, f.Cause)
	}
	if f.AppID != "" {
		c.and(`d.app_id = ?`, f.AppID)
	}
	if strings.TrimSpace(f.Search) != "" {
		c.and(`(d.app_key LIKE ? ESCAPE '\' OR d.stream_key LIKE ? ESCAPE '\')`, contains(f.Search), contains(f.Search))
	}
	return c
}

// ofPlacements is the filter without its tab, for lone placements. They have no stream and no cause.
func ofPlacements(f distribution.StatusFilter) choice {
	c := choice{conditions: []string{`p.orphan`}}
	if f.Stream != "" || f.Cause != "" || f.State != "" && f.State != distribution.LeftInTenant {
		c.and(`1 = 0`)
	}
	if f.Deployment != "" {
		c.and(`p.deployment_id = ?`, f.Deployment)
	}
	if f.AppID != "" {
		c.and(`p.app_id = ?`, f.AppID)
	}
	if strings.TrimSpace(f.Search) != "" {
		c.and(`p.app_key LIKE ? ESCAPE '\'`, contains(f.Search))
	}
	return c
}

// listing is a filter that is checked: the sort, its direction and where the page begins.
type listing struct {
	filter     distribution.StatusFilter
	sort       statusSort
	descending bool
	after      *cursor
	limit      int
}

func newListing(f distribution.StatusFilter) (listing, error) {
	l := listing{filter: f, descending: f.Descending, limit: pageLimit(f.Limit)}
	if f.Tab == "" {
		l.filter.Tab = distribution.TabAll
	}
	if f.Sort == "" {
		l.filter.Sort, l.descending = "changed", true
	}
	var known bool
	if l.sort, known = statusSorts[l.filter.Sort]; !known || tabs[l.filter.Tab] == "" {
		return l, fault.New(fault.Invalid, "The address of this page is damaged. Begin with the first page.")
	}
	if f.After != "" {
		c, err := parseCursorOf(f.After, l.sort.isText)
		if err != nil {
			return l, err
		}
		l.after = &c
	}
	return l, nil
}

// showsPlacements says whether lone placements stand on the tab.
func (l listing) showsPlacements() bool {
	return l.filter.Tab == distribution.TabLeft || l.filter.Tab == distribution.TabAll
}

// folds says whether equal causes are folded here. Who asks for one cause, or for one app, wants to see the lines.
func (l listing) folds() bool {
	tab := l.filter.Tab == distribution.TabAttention || l.filter.Tab == distribution.TabAll
	return tab && l.filter.Cause == "" && l.filter.AppID == ""
}

// paged adds to a query where the page begins, the order and the limit.
func (l listing) paged(c choice, key, id string) (string, []any) {
	than, direction := ">", "ASC"
	if l.descending {
		than, direction = "<", "DESC"
	}
	if l.after != nil {
		c = c.with(`(`+key+`, `+id+`) `+than+` (?, ?)`, l.after.key, l.after.id)
	}
	return c.where() + ` ORDER BY ` + key + ` ` + direction + `, ` + id + ` ` + direction + ` LIMIT ?`, append(c.args, l.limit+1)
}
