package store

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// batch is how many rows are read at once where many are needed; well below the limit of SQL parameters.
const batch = 500

const selectApps = `
	SELECT a.id, a.name, a.description, a.tags, a.size, a.sha256, a.section_access, a.last_reload, a.published_at, a.generation, a.created, a.modified,
	       COALESCE(o.id, ''), COALESCE(o.user_id, ''), COALESCE(o.directory, ''), COALESCE(o.name, ''), COALESCE(o.email, ''),
	       COALESCE(st.id, ''), COALESCE(st.name, ''),
	       COALESCE(so.id, ''), COALESCE(so.user_id, ''), COALESCE(so.directory, ''), COALESCE(so.name, ''), COALESCE(so.email, '')
	FROM apps a
	LEFT JOIN owners o ON o.id = a.owner_id
	LEFT JOIN streams st ON st.id = a.stream_id
	LEFT JOIN owners so ON so.id = st.owner_id `

func scanApp(row scanner) (site.App, error) {
	var a site.App
	var stream site.Stream
	err := row.Scan(&a.ID, &a.Name, &a.Description, fromJSON(&a.Tags), &a.Size, &a.SHA256, &a.SectionAccess, moment(&a.LastReload),
		moment(&a.PublishedAt), &a.Generation, moment(&a.Created), moment(&a.Modified),
		&a.Owner.ID, &a.Owner.UserID, &a.Owner.Directory, &a.Owner.Name, &a.Owner.Email,
		&stream.ID, &stream.Name,
		&stream.Owner.ID, &stream.Owner.UserID, &stream.Owner.Directory, &stream.Owner.Name, &stream.Owner.Email)
	if stream.ID != "" {
		a.Stream = &stream
	}
	return a, err
}

// apps reads apps with all that belongs to them; rest is what follows FROM, and has a limit.
func (tx *tx) apps(ctx context.Context, rest string, args ...any) ([]site.App, error) {
	apps, err := list(ctx, tx, scanApp, selectApps+rest, args...)
	if err != nil {
		return nil, err
	}
	return apps, tx.addProperties(ctx, apps)
}

// addProperties reads the custom properties of apps and of their streams, in one query each.
func (tx *tx) addProperties(ctx context.Context, apps []site.App) error {
	var ids, streams []string
	for _, a := range apps {
		ids = append(ids, a.ID)
		if a.Published() && !slices.Contains(streams, a.Stream.ID) {
			streams = append(streams, a.Stream.ID)
		}
	}
	ofApps, err := tx.values(ctx, appValues, ids)
	if err != nil {
		return err
	}
	ofStreams, err := tx.values(ctx, streamValues, streams)
	if err != nil {
		return err
	}
	for i := range apps {
		apps[i].Properties = ofApps[apps[i].ID]
		if apps[i].Published() {
			apps[i].Stream.Properties = ofStreams[apps[i].Stream.ID]
		}
	}
	return nil
}

// app reads one app.
func (tx *tx) app(ctx context.Context, id string) (site.App, error) {
	apps, err := tx.apps(ctx, `WHERE a.id = ?`, id)
	if err != nil {
		return site.App{}, err
	}
	if len(apps) == 0 {
		return site.App{}, fault.New(fault.NotFound, "The app is not there any more. Somebody has deleted it.")
	}
	return apps[0], nil
}

// App gives one app.
func (s *Store) App(ctx context.Context, id string) (app site.App, err error) {
	err = s.read(ctx, func(tx *tx) error {
		app, err = tx.app(ctx, id)
		return err
	})
	return app, err
}

// AppsByID gives the apps that exist of these ids, in the order of the ids.
func (s *Store) AppsByID(ctx context.Context, ids []string) (apps []site.App, err error) {
	err = s.read(ctx, func(tx *tx) error {
		for part := range slices.Chunk(ids, batch) {
			some, err := tx.apps(ctx, `WHERE a.id IN (`+marks(len(part))+`)`, anys(part)...)
			if err != nil {
				return err
			}
			apps = append(apps, some...)
		}
		return nil
	})
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(apps, func(a, b site.App) int { return place[a.ID] - place[b.ID] })
	return apps, err
}

// EachPublishedApp calls do for every published app, ordered by id. The apps are read in pages, each as of its own moment,
// so that do may take its time.
func (s *Store) EachPublishedApp(ctx context.Context, do func(site.App) error) error {
	for after := ""; ; {
		var page []site.App
		err := s.read(ctx, func(tx *tx) (err error) {
			page, err = tx.apps(ctx, `WHERE a.stream_id IS NOT NULL AND a.id > ? ORDER BY a.id LIMIT ?`, after, batch)
			return err
		})
		if err != nil {
			return err
		}
		for _, a := range page {
			if err := do(a); err != nil {
				return err
			}
		}
		if len(page) < batch {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// ContentUsed says whether an app still uses the library's file with this SHA-256.
func (s *Store) ContentUsed(ctx context.Context, sha string) (used bool, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM apps WHERE sha256 = ?)`, sha).Scan(&used)
	})
	return used, err
}
