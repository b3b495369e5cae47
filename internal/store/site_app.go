package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/site"
)

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
