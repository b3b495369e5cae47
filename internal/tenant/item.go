package tenant

import (
	"context"
	"net/http"
	"net/url"
)

// AppFilter says which apps to find; empty fields do not narrow.
type AppFilter struct {
	Name       string // the whole name
	SpaceID    string
	ResourceID string // the app's id
}

// Item is an app's entry in the tenant's catalogue.
type Item struct {
	ID            string
	CollectionIDs []string
	Size          int64 // bytes of its file; 0: not told
	Memory        int64 // bytes that the app takes in memory; 0: not told
}

// item is an app in the tenant's catalogue, which lags a little behind imports (qlik-cloud-api.md section 5).
type item struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	ResourceID    string     `json:"resourceId"`
	SpaceID       string     `json:"spaceId"`
	OwnerID       string     `json:"ownerId"`
	CollectionIDs []string   `json:"collectionIds"`
	Attributes    attributes `json:"resourceAttributes"`
	Size          struct {
		AppFile int64   `json:"appFile"`
		Memory  float64 `json:"appMemory"`
	} `json:"resourceSize"`
}

func (i item) app() App {
	app := i.Attributes.app()
	app.ID, app.Name, app.SpaceID, app.OwnerID = i.ResourceID, i.Name, i.SpaceID, i.OwnerID
	return app
}

// FindApps looks apps up in the catalogue. An app that was imported a moment ago may be missing.
func (c *Client) FindApps(ctx context.Context, f AppFilter) ([]App, error) {
	items, err := filtered(ctx, c, "look for the app", "items", f.query(), f.matches)
	if err != nil {
		return nil, err
	}
	var apps []App
	for _, i := range items {
		apps = append(apps, i.app())
	}
	return apps, nil
}

// Listed is an app as the catalogue lists it.
type Listed struct {
	App

	Size int64 // bytes of its file; 0 when the catalogue does not tell
}

// EachApp gives the apps of the catalogue to take, page by page, at most limit of them; more says that there are others.
func (c *Client) EachApp(ctx context.Context, limit int, take func([]Listed)) (more bool, err error) {
	k := call{name: "list the apps", method: http.MethodGet, url: c.pages("items", AppFilter{}.query())}
	left, cut := limit, false
	more, err = each(ctx, c, k, (limit+pageSize-1)/pageSize+maxPages, func(items []item) bool {
		var part []Listed
		for _, i := range items[:min(left, len(items))] {
			part = append(part, Listed{i.app(), i.Size.AppFile})
		}
		cut = len(items) > left
		left -= len(part)
		take(part)
		return !cut && left > 0
	})
	return more || cut, err
}

// Item gives the catalogue's entry of an app and says whether it is there yet.
func (c *Client) Item(ctx context.Context, appID string) (Item, bool, error) {
	filter := AppFilter{ResourceID: appID}
	items, err := filtered(ctx, c, "look for the app", "items", filter.query(), filter.matches)
	if err != nil || len(items) == 0 {
		return Item{}, false, err
	}
	i := items[0]
	return Item{ID: i.ID, CollectionIDs: i.CollectionIDs, Size: i.Size.AppFile, Memory: int64(i.Size.Memory)}, true, nil
}

func (f AppFilter) query() url.Values {
	query := url.Values{"resourceType": {"app"}, "noActions": {"true"}}
	for name, value := range map[string]string{"name": f.Name, "spaceId": f.SpaceID, "resourceId": f.ResourceID} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// matches narrows what the tenant found: its name filter means "contains".
func (f AppFilter) matches(i item) bool {
	return (f.Name == "" || i.Name == f.Name) &&
		(f.SpaceID == "" || i.SpaceID == f.SpaceID) &&
		(f.ResourceID == "" || i.ResourceID == f.ResourceID)
}
