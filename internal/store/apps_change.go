package store

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// AppEdit is what the edit page of an app changes.
type AppEdit struct {
	Name        string
	Description string
	Properties  map[string][]string
	Tags        []string
}

func (e AppEdit) check() error {
	if err := soundName(e.Name); err != nil {
		return err
	}
	if err := within(maxText, "description", e.Description); err != nil {
		return err
	}
	return within(maxName, "tags", e.Tags...)
}

// CreateApp adds an app, published when it has a stream. An owner that is given whole is added or changed with it; one that
// is given by id alone must be known.
func (s *Store) CreateApp(ctx context.Context, a site.App) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		if a.Owner.UserID != "" {
			if err := s.keepOwner(ctx, tx, a.Owner); err != nil {
				return err
			}
		}
		a.Created, a.Modified = tx.now, tx.now
		if err := tx.insertApp(ctx, a); err != nil {
			return err
		}
		now, err := tx.app(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.recordApp(ctx, "created", nil, &now); err != nil || !now.Published() {
			return err
		}
		return s.emitApp(ctx, tx, site.Published, now, "published to "+quoted(now.Stream.Name))
	})
}

func (tx *tx) insertApp(ctx context.Context, a site.App) error {
	if err := appNamed(a.Name); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `
		INSERT INTO apps (id, name, name_key, description, tags, size, sha256, section_access, last_reload, published_at, generation, created, modified)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Name, nameKey(a.Name), a.Description, asJSON(tagList(a.Tags)), a.Size, a.SHA256, a.SectionAccess, micros(a.LastReload),
		micros(a.PublishedAt), a.Generation, micros(a.Created), micros(a.Modified))
	if err != nil {
		return err
	}
	if err := tx.setAppOwner(ctx, a.ID, a.Owner.ID); err != nil {
		return err
	}
	if a.Published() {
		if err := tx.setAppStream(ctx, a.ID, a.Stream.ID); err != nil {
			return err
		}
	}
	return tx.setValues(ctx, appValues, a.ID, a.Properties)
}

func (tx *tx) setAppOwner(ctx context.Context, id, ownerID string) error {
	if ownerID == "" {
		return nil
	}
	owner, err := tx.owner(ctx, ownerID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE apps SET owner_id = ?, owner_key = ? WHERE id = ?`, owner.ID, ownerKey(owner), id)
	return err
}

func (tx *tx) setAppStream(ctx context.Context, id, streamID string) error {
	stream, err := tx.stream(ctx, streamID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE apps SET stream_id = ?, stream_key = ? WHERE id = ?`, stream.ID, nameKey(stream.Name), id)
	return err
}

// EditApp changes what people wrote about an app. Where nothing differs nothing happens.
func (s *Store) EditApp(ctx context.Context, id string, e AppEdit) error {
	if err := e.check(); err != nil {
		return err
	}
	return s.changeApp(ctx, id, "changed", site.Changed, "changed", func(tx *tx, _ site.App) error {
		_, err := tx.exec(ctx, `UPDATE apps SET name = ?, name_key = ?, description = ?, tags = ? WHERE id = ?`,
			strings.TrimSpace(e.Name), nameKey(e.Name), e.Description, asJSON(tagList(e.Tags)), id)
		if err != nil {
			return err
		}
		return tx.setValues(ctx, appValues, id, e.Properties)
	})
}

// ReplaceApp gives an app a new file, and gives back the app as it was, so that its old file can go.
func (s *Store) ReplaceApp(ctx context.Context, id string, f site.File) (old site.App, err error) {
	err = s.changeApp(ctx, id, "replaced", site.Replaced, "replaced", func(tx *tx, before site.App) error {
		old = before
		_, err := tx.exec(ctx, `UPDATE apps SET size = ?, sha256 = ?, section_access = ?, last_reload = ?, generation = generation + 1 WHERE id = ?`,
			f.Size, f.SHA256, f.SectionAccess, micros(f.LastReload), id)
		return err
	})
	return old, err
}

// MoveApp moves a published app to another stream.
func (s *Store) MoveApp(ctx context.Context, id, streamID string) error {
	return s.changeApp(ctx, id, "moved", site.Moved, "moved", func(tx *tx, before site.App) error {
		if err := mustBePublished(before); err != nil {
			return err
		}
		return tx.setAppStream(ctx, id, streamID)
	})
}

// changeApp does a change, with its audit record, and with its event when the app is published.
func (s *Store) changeApp(ctx context.Context, id, action string, kind site.EventKind, note string, do func(*tx, site.App) error) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.app(ctx, id)
		if err != nil {
			return err
		}
		if err := do(tx, before); err != nil {
			return err
		}
		after, err := tx.app(ctx, id)
		if err != nil || len(diff(appFields(&before), appFields(&after))) == 0 {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE apps SET modified = ? WHERE id = ?`, micros(tx.now), id); err != nil {
			return err
		}
		if err := tx.recordApp(ctx, action, &before, &after); err != nil || !before.Published() && !after.Published() {
			return err
		}
		return s.emitApp(ctx, tx, kind, after, note)
	})
}

func (s *Store) emitApp(ctx context.Context, tx *tx, kind site.EventKind, a site.App, note string) error {
	return s.emit(ctx, tx, distribution.Event{Kind: kind, AppID: a.ID, AppName: a.Name, Note: "app " + quoted(a.Name) + " " + note})
}

func (tx *tx) recordApp(ctx context.Context, action string, before, after *site.App) error {
	named := after
	if named == nil {
		named = before
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "app", ObjectID: named.ID, ObjectName: named.Name,
		Changes: diff(appFields(before), appFields(after))})
}

func appFields(a *site.App) []field {
	if a == nil {
		return nil
	}
	stream := ""
	if a.Published() {
		stream = a.Stream.Name
	}
	return []field{
		{"Name", a.Name}, {"Description", a.Description}, {"Owner", a.Owner.Name}, {"Stream", stream},
		{"Custom properties", valuesText(a.Properties)}, {"Tags", strings.Join(a.Tags, ", ")}, {"Size", countText(a.Size)},
		{"SHA-256", a.SHA256}, {"Section access", string(a.SectionAccess)}, {"Last reload", whenText(a.LastReload)}, {"Generation", countText(a.Generation)},
	}
}

func appNamed(name string) error {
	if strings.TrimSpace(name) == "" {
		return fault.Field(fault.Invalid, "name", "Enter a name.")
	}
	return nil
}

func mustBePublished(a site.App) error {
	if a.Published() {
		return nil
	}
	return fault.New(fault.Conflict, "The app %q is not published, and only published apps are distributed. Publish it to a stream first.", a.Name)
}

// tagList gives tags without blanks and repetitions, in order; never nil, so that JSON keeps a list.
func tagList(tags []string) []string {
	list := []string{}
	for _, t := range tags {
		if t = strings.TrimSpace(t); t != "" {
			list = append(list, t)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func quoted(name string) string { return `"` + name + `"` }
