package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// TakeApps keeps apps as the repository answered them, each with a print by which it is known again. Any difference of last reload,
// size or publish time is another data version. Each published app that something happened to makes one event, named after what
// matters most, and each app an audit record; a changed modification date alone makes neither. It gives what happened to each app, in
// their order; an empty kind says: nothing that an event tells.
//
// In a first sweep nothing makes an event or a record of its own, and SiteTaken ends it. A first sweep that was broken off ends with
// the next apps that are no part of one.
func (m *Mirror) TakeApps(ctx context.Context, apps []site.App, prints []string, first bool) ([]site.Happened, error) {
	if len(apps) != len(prints) {
		return nil, errors.New("each app that is taken has a print")
	}
	happened := make([]site.Happened, 0, len(apps))
	for at := 0; at < len(apps); at += takeAtOnce {
		end := min(at+takeAtOnce, len(apps))
		some, err := m.takeApps(ctx, apps[at:end], prints[at:end], first)
		if err != nil {
			return happened, err
		}
		happened = append(happened, some...)
	}
	return happened, nil
}

func (m *Mirror) takeApps(ctx context.Context, apps []site.App, prints []string, first bool) (happened []site.Happened, err error) {
	happened = make([]site.Happened, len(apps))
	err = m.take(ctx, func(tx *tx, head siteHead) error {
		if !first && !head.taken {
			if err := m.store.endFirst(ctx, tx, head); err != nil {
				return err
			}
		}
		t, err := m.store.takingApps(ctx, tx, head, apps, first)
		if err != nil {
			return err
		}
		for i, a := range apps {
			if happened[i], err = t.app(ctx, settled(a), prints[i]); err != nil {
				return err
			}
		}
		return t.end(ctx)
	})
	return happened, err
}

// endFirst ends a first sweep that nobody ended.
func (s *Store) endFirst(ctx context.Context, tx *tx, head siteHead) error {
	n := 0
	if err := tx.row(ctx, `SELECT COUNT(*) FROM apps`).Scan(&n); err != nil {
		return err
	}
	return s.siteTaken(ctx, tx, head, n)
}

// knownApp is an app as it stands in the database.
type knownApp struct {
	site.App
	print string
}

// formerApp is what an app was when it went from the site.
type formerApp struct {
	id string
	site.App
}

func scanFormer(row scanner) (f formerApp, err error) {
	err = row.Scan(&f.id, &f.Size, moment(&f.LastReload), moment(&f.PublishedAt), &f.Generation)
	return f, err
}

// takingApps reads what is known of the apps that are taken, with a handful of queries for all.
func (s *Store) takingApps(ctx context.Context, tx *tx, head siteHead, apps []site.App, quiet bool) (*taking, error) {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = strings.ToLower(a.ID)
	}
	t, err := s.taking(ctx, tx, head, quiet)
	if err != nil {
		return nil, err
	}
	in, args := ` IN (`+marks(len(ids))+`)`, anys(ids)
	known, err := tx.apps(ctx, `WHERE a.id`+in, args...)
	if err != nil {
		return nil, err
	}
	prints, err := list(ctx, tx, scanPair, `SELECT id, site_print FROM apps WHERE id`+in, args...)
	if err != nil {
		return nil, err
	}
	former, err := list(ctx, tx, scanFormer, `SELECT id, size, last_reload, published_at, generation FROM former_apps WHERE id`+in, args...)
	if err != nil {
		return nil, err
	}
	for _, a := range known {
		t.apps[a.ID] = knownApp{App: settled(a)}
	}
	for _, p := range prints {
		t.apps[p[0]] = knownApp{App: t.apps[p[0]].App, print: p[1]}
	}
	for _, f := range former {
		t.former[f.id] = f.App
	}
	return t, nil
}

func scanPair(row scanner) (p [2]string, err error) {
	err = row.Scan(&p[0], &p[1])
	return p, err
}

// app keeps one app, and tells what happened to it.
func (t *taking) app(ctx context.Context, a site.App, seen string) (site.Happened, error) {
	was, known := t.apps[a.ID]
	if known && was.print == seen && same(was.App, a) {
		return site.Happened{}, nil
	}
	if err := t.around(ctx, &a); err != nil {
		return site.Happened{}, err
	}
	a.Generation = t.generation(was, known, a)
	if err := t.putApp(ctx, a, seen); err != nil {
		return site.Happened{}, err
	}
	if !known || !sameValues(was.Properties, a.Properties) {
		if err := t.putValues(ctx, appValues, a.ID, a.Properties); err != nil {
			return site.Happened{}, err
		}
	}
	t.apps[a.ID] = knownApp{App: a, print: seen}
	if !known {
		return t.came(ctx, a)
	}
	return t.changed(ctx, was.App, a)
}

// around keeps the owner and the stream that an app names, so that they are known before their own lists are read.
func (t *taking) around(ctx context.Context, a *site.App) (err error) {
	if a.Owner, err = t.owner(ctx, a.Owner); err != nil || a.Stream == nil {
		return err
	}
	stream, err := t.stream(ctx, *a.Stream)
	a.Stream = &stream
	return err
}

// generation gives an app another one for each difference of its data, also against what it was before it went and came back.
func (t *taking) generation(was knownApp, known bool, a site.App) int64 {
	before := was.App
	if !known {
		former, gone := t.former[a.ID]
		if !gone {
			return 1
		}
		before = former
	}
	if sameData(before, a) {
		return before.Generation
	}
	return before.Generation + 1
}

func (t *taking) putApp(ctx context.Context, a site.App, seen string) error {
	streamID, streamKey := "", ""
	if a.Published() {
		streamID, streamKey = a.Stream.ID, nameKey(a.Stream.Name)
	}
	ownerSort := ""
	if a.Owner.ID != "" {
		ownerSort = ownerKey(a.Owner)
	}
	_, err := t.tx.exec(ctx, `
		INSERT INTO apps (id, name, name_key, description, owner_id, owner_key, stream_id, stream_key, tags, size, sha256, section_access,
		                  last_reload, published_at, generation, created, modified, site_print)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, description = excluded.description,
			owner_id = excluded.owner_id, owner_key = excluded.owner_key, stream_id = excluded.stream_id, stream_key = excluded.stream_key,
			tags = excluded.tags, size = excluded.size, section_access = excluded.section_access, last_reload = excluded.last_reload,
			published_at = excluded.published_at, generation = excluded.generation, created = excluded.created, modified = excluded.modified,
			site_print = excluded.site_print`,
		a.ID, a.Name, nameKey(a.Name), a.Description, nullable(a.Owner.ID), ownerSort, nullable(streamID), streamKey, asJSON(a.Tags), a.Size, a.SectionAccess,
		micros(a.LastReload), micros(a.PublishedAt), a.Generation, micros(a.Created), micros(a.Modified), seen)
	return err
}

// came records a new app, and makes its event when it is published.
func (t *taking) came(ctx context.Context, a site.App) (h site.Happened, err error) {
	if a.Published() {
		h = site.Happened{Kind: site.Published, Note: "published to " + quoted(a.Stream.Name)}
	}
	if t.quiet {
		return h, nil
	}
	if err := t.tx.recordApp(ctx, "created", nil, &a); err != nil || !a.Published() {
		return h, err
	}
	return h, t.store.emitApp(ctx, t.tx, h.Kind, a, h.Note)
}

// changed records what differs, and makes its event when the app is published, or was until now.
func (t *taking) changed(ctx context.Context, was, a site.App) (site.Happened, error) {
	h := happened(was, a)
	if h.Kind == "" || t.quiet {
		return h, nil
	}
	if err := t.tx.recordApp(ctx, string(h.Kind), &was, &a); err != nil {
		return h, err
	}
	if !was.Published() && !a.Published() {
		return site.Happened{}, nil
	}
	return h, t.store.emitApp(ctx, t.tx, h.Kind, a, h.Note)
}

// TakeGone forgets apps that were deleted on the site. What tenants hold of them stays there.
func (m *Mirror) TakeGone(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(lower(ids), takeAtOnce) {
		err := m.take(ctx, func(tx *tx, _ siteHead) error { return m.store.takeGone(ctx, tx, part) })
		if err != nil {
			return err
		}
	}
	return nil
}

// lower gives ids as they are stored.
func lower(ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = strings.ToLower(id)
	}
	return all
}

func (s *Store) takeGone(ctx context.Context, tx *tx, ids []string) error {
	in, args := `id IN (`+marks(len(ids))+`)`, anys(ids)
	gone, err := tx.apps(ctx, `WHERE a.`+in+` ORDER BY a.id`, args...)
	if err != nil {
		return err
	}
	if err := tx.rememberApps(ctx, in, args...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM apps WHERE `+in, args...); err != nil {
		return err
	}
	for _, a := range gone {
		if err := tx.recordApp(ctx, "deleted", &a, nil); err != nil {
			return err
		}
		if !a.Published() {
			continue
		}
		if err := s.emitApp(ctx, tx, site.Deleted, a, "deleted"); err != nil {
			return err
		}
	}
	return nil
}
