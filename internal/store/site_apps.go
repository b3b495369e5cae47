package store

import (
	"context"
	"errors"
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
