package distribution

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// Collection is a public collection of the tenant: a tag.
type Collection = tenant.Collection

// tagsProperty is the custom property whose values become tags in the tenant, in any case (qlik-cloud-api.md section 5).
const tagsProperty = "tags"

// CollectionNames are the public collections that an app belongs to: its tags, and the values of the property Tags.
func CollectionNames(app site.App) (names []string) {
	all := slices.Clone(app.Tags)
	for property, values := range app.Properties {
		if strings.EqualFold(property, tagsProperty) {
			all = append(all, values...)
		}
	}
	for _, name := range all {
		if name = strings.TrimSpace(name); name != "" && !slices.ContainsFunc(names, named(name)) {
			names = append(names, name)
		}
	}
	return names
}

func named(name string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(name, other) }
}

// collect brings the app into its collections, and out of those that we added it to and that it belongs to no more. Others'
// are never touched. A tenant that refuses is a warning, and so is a catalogue that does not show the app in time.
func (r *run) collect(ctx context.Context, appID string) error {
	want, ours := CollectionNames(*r.w.App), r.ours(appID)
	r.added = ours
	if len(want) == 0 && len(ours) == 0 {
		return nil
	}
	item, found, err := r.t.Item(ctx, appID)
	switch {
	case err == nil && !found && !r.settled(r.d.ImportStarted):
		return errLags
	case err == nil && !found:
		r.warnf("The collections were not set: the tenant's catalogue does not show the app")
		return nil
	case err == nil:
		err = r.setCollections(ctx, item, want)
	}
	if err != nil && refused(err) {
		r.warnf("The collections are not as they shall be: %s", err)
		return nil
	}
	return err
}

// ours are the collections that we added the app to: as recorded, and as this delivery and cancelled ones noted before they
// were broken off.
func (r *run) ours(appID string) (all []tenant.Collection) {
	noted := slices.Clone(r.d.Collections)
	if p := r.w.Placement; p != nil && p.RemoteID == appID {
		noted = append(noted, p.Collections...)
	}
	for _, s := range r.w.Strays {
		noted = append(noted, s.Collections...)
	}
	for _, c := range noted {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

func (r *run) setCollections(ctx context.Context, item tenant.Item, want []string) error {
	for _, name := range want {
		if err := r.addTo(ctx, item, name); err != nil {
			return err
		}
	}
	for _, c := range slices.Clone(r.added) {
		if slices.ContainsFunc(want, named(c.Name)) {
			continue
		}
		if err := r.mine(ctx); err != nil {
			return err
		}
		if err := r.t.RemoveFromCollection(ctx, c.ID, item.ID); err != nil && tenant.CauseOf(err) != tenant.NotFound {
			return err
		}
		r.added = slices.DeleteFunc(r.added, func(a tenant.Collection) bool { return a.ID == c.ID })
	}
	return nil
}

// addTo brings the app into one collection. That it is ours to remove is noted before.
func (r *run) addTo(ctx context.Context, item tenant.Item, name string) error {
	c, err := r.collection(ctx, name)
	if err != nil || slices.Contains(item.CollectionIDs, c.ID) {
		return err
	}
	if !slices.Contains(r.added, c) {
		r.added = append(r.added, c)
	}
	if err := r.mine(ctx); err != nil {
		return err
	}
	r.d.Collections = slices.Clone(r.added)
	if err := r.save(ctx); err != nil {
		return err
	}
	err = r.t.AddToCollection(ctx, c.ID, item.ID)
	if e, ok := asTenant(err); ok && e.Status == 409 { // it is in there already
		return nil
	}
	return err
}

// collection finds the public collection of this name, or makes it.
func (r *run) collection(ctx context.Context, name string) (tenant.Collection, error) {
	c, found, err := r.t.FindCollection(ctx, name)
	if err != nil || found {
		return c, err
	}
	if err := r.mine(ctx); err != nil {
		return c, err
	}
	c, err = r.t.CreateCollection(ctx, name)
	if e, ok := asTenant(err); ok && e.Status == 409 {
		return r.collectionMade(ctx, name, e)
	}
	return c, err
}

// collectionMade takes the collection that another delivery, or somebody, made between our look and our call.
func (r *run) collectionMade(ctx context.Context, name string, conflict *tenant.Error) (tenant.Collection, error) {
	c, found, err := r.t.FindCollection(ctx, name)
	if err != nil || found {
		return c, err
	}
	return c, &halt{state: Retrying, cause: Busy, status: conflict.Status, trace: conflict.TraceID,
		message: "A collection named \"" + name + "\" was made a moment ago and is not listed yet."}
}
