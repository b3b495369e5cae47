package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
)

// historyLimit is how many records the history of one thing shows.
const historyLimit = 200

// AuditFilter chooses records of the audit trail. Empty fields do not choose.
type AuditFilter struct {
	Search string // part of who, what or the object's name
	Kind   string // ObjectKind
	Actor  string // user name, exactly
	After  string // AuditPage.Next of the page before
	Limit  int    // at most 200; 0 means 50
}

// AuditPage is one page of records, newest first. Next is empty on the last page.
type AuditPage struct {
	Rows  []account.Record
	Next  string
	Total int
}

const selectAudit = `SELECT seq, at, actor, action, object_kind, object_id, object_name, changes, request_id FROM audit `

type auditRow struct {
	seq int64
	account.Record
}

func scanAudit(row scanner) (r auditRow, err error) {
	err = row.Scan(&r.seq, moment(&r.At), &r.Actor, &r.Action, &r.ObjectKind, &r.ObjectID, &r.ObjectName, fromJSON(&r.Changes), &r.RequestID)
	return r, err
}

// History gives what happened to one thing, newest first, at most 200 records.
func (s *Store) History(ctx context.Context, objectKind, objectID string) (records []account.Record, err error) {
	err = s.read(ctx, func(tx *tx) error {
		rows, err := list(ctx, tx, scanAudit, selectAudit+`WHERE object_kind = ? AND object_id = ? ORDER BY seq DESC LIMIT ?`, objectKind, objectID, historyLimit)
		records = recordsOf(rows)
		return err
	})
	return records, err
}

// Audit gives one page of the audit trail.
func (s *Store) Audit(ctx context.Context, f AuditFilter) (page AuditPage, err error) {
	where, args := f.where()
	limit := pageLimit(f.Limit)
	err = s.read(ctx, func(tx *tx) error {
		if err := tx.row(ctx, `SELECT COUNT(*) FROM audit `+where, args...).Scan(&page.Total); err != nil {
			return err
		}
		if f.After != "" {
			c, err := parseCursorOf(f.After, false)
			if err != nil {
				return err
			}
			where, args = where+` AND seq < ?`, append(args, c.key)
		}
		rows, err := list(ctx, tx, scanAudit, selectAudit+where+` ORDER BY seq DESC LIMIT ?`, append(args, limit+1)...)
		if len(rows) > limit {
			rows = rows[:limit]
			page.Next = cursor{key: rows[limit-1].seq}.String()
		}
		page.Rows = recordsOf(rows)
		return err
	})
	return page, err
}

func (f AuditFilter) where() (string, []any) {
	conditions, args := []string{"1 = 1"}, []any(nil)
	if strings.TrimSpace(f.Search) != "" {
		conditions, args = append(conditions, `search_key LIKE ? ESCAPE '\'`), append(args, contains(f.Search))
	}
	if f.Kind != "" {
		conditions, args = append(conditions, `object_kind = ?`), append(args, f.Kind)
	}
	if f.Actor != "" {
		conditions, args = append(conditions, `actor = ?`), append(args, f.Actor)
	}
	return `WHERE ` + strings.Join(conditions, ` AND `), args
}

func recordsOf(rows []auditRow) []account.Record {
	var records []account.Record
	for _, r := range rows {
		records = append(records, r.Record)
	}
	return records
}
