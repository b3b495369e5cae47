package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

const selectOwners = `SELECT id, user_id, directory, name, email FROM owners `

func scanOwner(row scanner) (o site.Owner, err error) {
	err = row.Scan(&o.ID, &o.UserID, &o.Directory, &o.Name, &o.Email)
	return o, err
}

// Owners gives the users of the site, by name.
func (s *Store) Owners(ctx context.Context) (owners []site.Owner, err error) {
	err = s.read(ctx, func(tx *tx) error {
		owners, err = list(ctx, tx, scanOwner, selectOwners+`ORDER BY name, id`)
		return err
	})
	return owners, err
}

func (tx *tx) owner(ctx context.Context, id string) (site.Owner, error) {
	o, err := scanOwner(tx.row(ctx, selectOwners+`WHERE id = ?`, id))
	return o, missing(err, "The owner is not there any more. Choose another one.")
}

// PutOwner adds a user of the site, or changes one. A change decides about the apps anew, because conditions may name it.
func (s *Store) PutOwner(ctx context.Context, o site.Owner) error {
	return s.writeEmbedded(ctx, func(tx *tx) error { return s.keepOwner(ctx, tx, o) })
}

func (s *Store) keepOwner(ctx context.Context, tx *tx, o site.Owner) error {
	before, err := tx.owner(ctx, o.ID)
	known := !fault.Is(err, fault.NotFound)
	if known && (err != nil || before == o) {
		return err
	}
	if err := tx.putOwner(ctx, o); err != nil {
		return err
	}
	if !known {
		return tx.recordOwner(ctx, "created", nil, ownerFields(o), o)
	}
	if err := tx.recordOwner(ctx, "changed", ownerFields(before), ownerFields(o), o); err != nil {
		return err
	}
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.SiteChanged, Note: "owner " + quoted(o.Name) + " changed"})
}

func (tx *tx) putOwner(ctx context.Context, o site.Owner) error {
	_, err := tx.exec(ctx, `
		INSERT INTO owners (id, user_id, directory, name, email) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, directory = excluded.directory, name = excluded.name, email = excluded.email`,
		o.ID, o.UserID, o.Directory, o.Name, o.Email)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE apps SET owner_key = ? WHERE owner_id = ?`, ownerKey(o), o.ID)
	return err
}

func (tx *tx) recordOwner(ctx context.Context, action string, before, after []field, o site.Owner) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "owner", ObjectID: o.ID, ObjectName: o.Name, Changes: diff(before, after)})
}

func ownerFields(o site.Owner) []field {
	return []field{{"Name", o.Name}, {"User", o.UserID}, {"Directory", o.Directory}, {"E-mail", o.Email}}
}
