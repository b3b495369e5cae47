package distribution

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// Mark is what an app of the tenant looked like before a staged import was sent, as the tenant tells. Only what it told at one
// time is compared with what it told at another, so that its clock need not go as ours.
type Mark struct {
	App  tenant.App
	Size int64 // bytes of its file by the catalogue; 0: not told
}

// arrived looks for what a staged import with an unknown outcome has done. A gateway may give up on every import of a large app
// while the tenant goes on with it, so that only this look ever brings such a delivery forward.
//
// What it finds is the work of the last import that was sent, and not the late effect of an older one: an import is sent only
// when what was sent before, by this delivery, by older ones and by cancelled ones, surely has come to its end (settled, first,
// quiet), and the marks are taken after that.
func (r *run) arrived(ctx context.Context) (app tenant.App, found bool, err error) {
	if r.d.Before == nil { // nobody looked before
		return app, false, nil
	}
	now, err := r.marks(ctx)
	if err != nil {
		return app, false, err
	}
	var fresh []tenant.App
	for _, m := range now {
		was := slices.IndexFunc(r.d.Before, func(b Mark) bool { return b.App.ID == m.App.ID })
		switch keyed := slices.Contains(r.stagedIDs(), m.App.ID); {
		case keyed && (was < 0 || r.renewed(r.d.Before[was], m)):
			return m.App, true, nil
		case !keyed && was < 0:
			fresh = append(fresh, m.App)
		}
	}
	return r.onlyFresh(ctx, fresh)
}

// onlyFresh takes an app that has come up under the name of ours, where the tenant gives ids of its own. It must be the only
// one, of the same data, and none that another app of the site may have made. Where that is in doubt nothing is taken: the
// import is repeated when it has settled, and the tenant finds the app by its key.
func (r *run) onlyFresh(ctx context.Context, fresh []tenant.App) (app tenant.App, found bool, err error) {
	keyed := slices.ContainsFunc(r.d.Before, func(b Mark) bool { return slices.Contains(r.stagedIDs(), b.App.ID) })
	if keyed || len(fresh) != 1 || !sameSecond(fresh[0].LastReload, r.d.Version.LastReload) {
		return app, false, nil
	}
	other, err := r.e.Store.HeldByOther(ctx, r.d, r.w.Deployment.TenantID, fresh[0].ID)
	if err != nil {
		return app, false, ourFault{err}
	}
	return fresh[0], !other, nil
}

// marks tells what the tenant has that a staged import may replace: the app that is placed, one with the site app's id, which a
// tenant gives where it is free; else the staged apps of the same name, so that a further one is noticed.
func (r *run) marks(ctx context.Context) ([]Mark, error) {
	marks := []Mark{}
	for _, id := range r.stagedIDs() {
		m, there, err := r.mark(ctx, id)
		if err != nil {
			return nil, err
		}
		if there {
			marks = append(marks, m)
		}
	}
	if len(marks) > 0 {
		return marks, nil
	}
	named, err := r.t.FindApps(ctx, tenant.AppFilter{Name: r.d.SentName})
	for _, app := range named {
		if app.Published && app.SpaceID == "" && app.OriginAppID == "" {
			marks = append(marks, Mark{App: app})
		}
	}
	return marks, err
}

// stagedIDs are the ids by which the staged app may be known.
func (r *run) stagedIDs() []string {
	ids := []string{strings.ToLower(r.d.AppID)}
	if p := r.w.Placement; p != nil && p.RemoteID != ids[0] {
		ids = append(ids, p.RemoteID)
	}
	return ids
}

// mark reads one app. One that has the site app's id and was not distributed is somebody else's.
func (r *run) mark(ctx context.Context, id string) (m Mark, there bool, err error) {
	placed := r.w.Placement != nil && r.w.Placement.RemoteID == id
	m.App, err = r.t.App(ctx, id)
	switch c := tenant.CauseOf(err); {
	case c == tenant.NotFound, c == tenant.Forbidden && !placed:
		return m, false, nil
	case err != nil:
		return m, false, err
	case !placed && !m.App.Published:
		return m, false, nil
	}
	item, _, err := r.t.Item(ctx, id)
	m.Size = item.Size
	return m, true, err
}

// renewed says whether an import has replaced the app since. A distributed app is not reloaded in the tenant, so another time of
// the reload tells it, and so does the size when it has become that of our file. When the new data has the same reload, only the
// time of the change is left, which moves when somebody edits the app, too: then nothing that people change may have changed.
func (r *run) renewed(was, is Mark) bool {
	switch {
	case !is.App.Created.Equal(was.App.Created), !is.App.LastReload.Equal(was.App.LastReload):
		return true
	case is.Size == r.d.Size && was.Size != r.d.Size && was.Size > 0:
		return true
	case !sameSecond(was.App.LastReload, r.d.Version.LastReload):
		return false
	}
	edited := is.App.SpaceID != was.App.SpaceID || is.App.OwnerID != was.App.OwnerID || is.App.Description != was.App.Description ||
		is.App.Name != was.App.Name && is.App.Name != r.d.SentName
	return !edited && !is.App.Modified.Equal(was.App.Modified)
}

// sameSecond compares the times of two reloads. Tenant and site may tell them with another precision, or not at all.
func sameSecond(a, b time.Time) bool {
	return a.IsZero() || b.IsZero() || a.Sub(b).Abs() < time.Second
}
