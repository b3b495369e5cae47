package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
)

// record writes one line of the audit trail within the transaction of the change itself. The moment, the actor and the
// request are the transaction's, unless the record names its own actor.
func (tx *tx) record(ctx context.Context, r account.Record) error {
	if r.Actor == "" {
		r.Actor = tx.actor.Name
	}
	if r.RequestID == "" {
		r.RequestID = tx.actor.RequestID
	}
	_, err := tx.exec(ctx, `
		INSERT INTO audit (at, actor, actor_id, address, action, object_kind, object_id, object_name, changes, request_id, search_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		micros(tx.now), r.Actor, tx.actor.UserID, tx.actor.Address, r.Action, r.ObjectKind, r.ObjectID, r.ObjectName,
		asJSON(r.Changes), r.RequestID, nameKey(strings.Join([]string{r.Actor, r.Action, r.ObjectKind, r.ObjectName}, " ")))
	return err
}
