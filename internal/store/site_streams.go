package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/site"
)

// TakeStreams keeps the streams of the site, all of them. One that the site does not answer any more goes when no app is in it.
func (m *Mirror) TakeStreams(ctx context.Context, streams []site.Stream) error {
	return m.takeThings(ctx, func(t *taking) error {
		gone := map[string]bool{}
		for id, row := range t.streams {
			gone[id] = row.Apps == 0
		}
		fresh := []string(nil)
		for _, st := range streams {
			delete(gone, st.ID)
			if _, known := t.streams[st.ID]; !known {
				fresh = append(fresh, st.Name)
			}
			if err := t.takeStream(ctx, st); err != nil {
				return err
			}
		}
		return t.tidyUp(ctx, "streams", fresh, gone)
	})
}

func (t *taking) takeStream(ctx context.Context, st site.Stream) (err error) {
	was, known := t.streams[st.ID]
	if st.Owner, err = t.owner(ctx, st.Owner); err != nil {
		return err
	}
	st.Properties = settledValues(st.Properties)
	values := sameValues(settledValues(was.Properties), st.Properties)
	if known && was.Name == st.Name && was.Owner.ID == st.Owner.ID && values {
		return nil
	}
	if err := t.putStream(ctx, was, known, StreamRow{Stream: st, Apps: was.Apps}); err != nil || values {
		return err
	}
	return t.putValues(ctx, streamValues, st.ID, st.Properties)
}

// takeThings runs do, quietly as long as the site has not been read once.
func (m *Mirror) takeThings(ctx context.Context, do func(t *taking) error) error {
	return m.take(ctx, func(tx *tx, head siteHead) error {
		t, err := m.store.taking(ctx, tx, head, !head.taken)
		if err != nil {
			return err
		}
		if err := do(t); err != nil {
			return err
		}
		return t.end(ctx)
	})
}

// tidyUp takes away what has gone, and records it together with what is new.
func (t *taking) tidyUp(ctx context.Context, table string, fresh []string, gone map[string]bool) error {
	var names []string
	for id, goes := range gone {
		if !goes {
			continue
		}
		var name string
		if err := t.tx.row(ctx, `DELETE FROM `+table+` WHERE id = ? RETURNING name`, id).Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if len(fresh)+len(names) == 0 {
		return nil
	}
	what := map[string]string{"streams": "Streams", "properties": "Custom properties"}[table]
	return t.tx.recordSite(ctx, "read", t.host, account.Change{Field: what, Before: someNames(names), After: someNames(fresh)})
}

// someNames names a few things and counts the rest, for one line of the history.
func someNames(names []string) string {
	const shown = 20
	slices.Sort(names)
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
}
