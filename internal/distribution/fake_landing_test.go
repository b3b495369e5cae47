package distribution

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/tenant"
)

// landed is what a fake tenant knows besides apps and spaces.
type landed struct {
	users       []tenant.User
	groups      []tenant.Group
	members     map[string][]tenant.SpaceMember // by space
	collections []tenant.Collection
	items       map[string][]string // ids of the apps in a collection
	restricted  map[string]bool     // contents with section access
	silent      bool                // it does not tell of section access
	memory      int64               // what one app may take; each takes four times its file
}

func newLanded() landed {
	return landed{members: map[string][]tenant.SpaceMember{}, items: map[string][]string{}, restricted: map[string]bool{}}
}

// others says whether somebody else was a little faster.
func (f *fakeTenant) others() bool {
	faster := f.other
	f.other = false
	return faster
}

func conflict(name string) error {
	return &tenant.Error{Call: name, Cause: tenant.Refused, Status: 409}
}

func (f *fakeTenant) AddSpaceMember(_ context.Context, spaceID string, m tenant.SpaceMember) error {
	return f.call("AddSpaceMember", false, func() error {
		for _, have := range f.members[spaceID] {
			if have.AssigneeID == m.AssigneeID {
				return conflict("AddSpaceMember")
			}
		}
		f.members[spaceID] = append(f.members[spaceID], m)
		return nil
	})
}

func (f *fakeTenant) SetSpace(_ context.Context, id, spaceID string) (tenant.App, error) {
	return f.on("SetSpace", id, false, func(r *remote) tenant.App {
		r.SpaceID = spaceID
		return r.App
	})
}

func (f *fakeTenant) SetOwner(_ context.Context, id, userID string) (tenant.App, error) {
	return f.on("SetOwner", id, false, func(r *remote) tenant.App {
		r.OwnerID = userID
		return r.App
	})
}

func (f *fakeTenant) FindUser(_ context.Context, field, value string) (user tenant.User, found bool, err error) {
	err = f.call("FindUser", false, func() error {
		for _, u := range f.users {
			if map[string]string{"id": u.ID, "email": u.Email, "subject": u.Subject}[field] == value {
				user, found = u, true
			}
		}
		return nil
	})
	return user, found, err
}

func (f *fakeTenant) FindGroup(_ context.Context, name string) (group tenant.Group, found bool, err error) {
	err = f.call("FindGroup", false, func() error {
		for _, g := range f.groups {
			if g.Name == name {
				group, found = g, true
			}
		}
		return nil
	})
	return group, found, err
}

func (f *fakeTenant) AppMemory(context.Context) (limit int64, err error) {
	err = f.call("AppMemory", false, func() error {
		limit = f.memory
		return nil
	})
	return limit, err
}

// Item has the id of its app, and lags as lists do.
func (f *fakeTenant) Item(_ context.Context, appID string) (item tenant.Item, found bool, err error) {
	err = f.call("Item", false, func() error {
		r := f.apps[appID]
		if r == nil || f.now().Before(r.shows) {
			return nil
		}
		item, found = tenant.Item{ID: appID, Memory: 4 * int64(len(r.content))}, true
		for id, apps := range f.items {
			if slices.Contains(apps, appID) {
				item.CollectionIDs = append(item.CollectionIDs, id)
			}
		}
		return nil
	})
	return item, found, err
}

func (f *fakeTenant) FindCollection(_ context.Context, name string) (c tenant.Collection, found bool, err error) {
	err = f.call("FindCollection", false, func() error {
		for _, have := range f.collections {
			if strings.EqualFold(have.Name, name) {
				c, found = have, true
			}
		}
		return nil
	})
	return c, found, err
}

func (f *fakeTenant) CreateCollection(_ context.Context, name string) (c tenant.Collection, err error) {
	err = f.call("CreateCollection", true, func() error {
		if f.others() {
			f.collections = append(f.collections, tenant.Collection{ID: f.next("collection"), Name: name})
		}
		for _, have := range f.collections {
			if strings.EqualFold(have.Name, name) {
				return conflict("CreateCollection")
			}
		}
		c = tenant.Collection{ID: f.next("collection"), Name: name}
		f.collections = append(f.collections, c)
		return nil
	})
	return c, err
}

func (f *fakeTenant) AddToCollection(_ context.Context, collectionID, itemID string) error {
	return f.call("AddToCollection", false, func() error {
		if slices.Contains(f.items[collectionID], itemID) {
			return conflict("AddToCollection")
		}
		f.items[collectionID] = append(f.items[collectionID], itemID)
		return nil
	})
}

func (f *fakeTenant) RemoveFromCollection(_ context.Context, collectionID, itemID string) error {
	return f.call("RemoveFromCollection", false, func() error {
		i := slices.Index(f.items[collectionID], itemID)
		if i < 0 {
			return missing("RemoveFromCollection")
		}
		f.items[collectionID] = slices.Delete(f.items[collectionID], i, i+1)
		return nil
	})
}

// tags are the names of the collections that an app is in, sorted.
func (f *fakeTenant) tags(appID string) (names []string) {
	for _, c := range f.collections {
		if slices.Contains(f.items[c.ID], appID) {
			names = append(names, strings.ToLower(c.Name))
		}
	}
	slices.Sort(names)
	return names
}
