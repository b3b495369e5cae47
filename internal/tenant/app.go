package tenant

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// App is an app in the tenant.
type App struct {
	ID               string
	Name             string
	Description      string
	SpaceID          string // "" when staged or personal
	OwnerID          string
	OriginAppID      string    // the app that a published app was made from
	Published        bool      // distributed from a client-managed site, says the contract (section 3)
	PublishTime      time.Time // zero unless published in the cloud
	LastReload       time.Time
	Created          time.Time
	Modified         time.Time
	HasSectionAccess *bool // nil: the tenant does not tell
}

// attributes are an app as the tenant writes it; dates that are not set are "".
type attributes struct {
	ID               string `json:"id"`
	Name             string `json:"name"`
	Description      string `json:"description"`
	SpaceID          string `json:"spaceId"`
	OwnerID          string `json:"ownerId"`
	OriginAppID      string `json:"originAppId"`
	Published        bool   `json:"published"`
	PublishTime      string `json:"publishTime"`
	LastReloadTime   string `json:"lastReloadTime"`
	CreatedDate      string `json:"createdDate"`
	ModifiedDate     string `json:"modifiedDate"`
	HasSectionAccess *bool  `json:"hasSectionAccess"`
}

func (a attributes) app() App {
	return App{
		ID: a.ID, Name: a.Name, Description: a.Description, SpaceID: a.SpaceID, OwnerID: a.OwnerID,
		OriginAppID: a.OriginAppID, Published: a.Published, HasSectionAccess: a.HasSectionAccess,
		PublishTime: date(a.PublishTime), LastReload: date(a.LastReloadTime),
		Created: date(a.CreatedDate), Modified: date(a.ModifiedDate),
	}
}

func date(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// fetchApp makes a call that answers with an app.
func (c *Client) fetchApp(ctx context.Context, k call) (App, error) {
	var nx struct {
		Attributes attributes `json:"attributes"`
	}
	if err := c.fetch(ctx, k, &nx); err != nil {
		return App{}, err
	}
	if nx.Attributes.ID == "" {
		return App{}, k.bad(answer{status: http.StatusOK}, "it describes no app")
	}
	return nx.Attributes.app(), nil
}

func (c *Client) appURL(id, tail string) string { return c.api("apps/"+url.PathEscape(id)+tail, nil) }

// App reads an app.
func (c *Client) App(ctx context.Context, id string) (App, error) {
	return c.fetchApp(ctx, call{name: "read the app", method: http.MethodGet, url: c.appURL(id, "")})
}

// naming is the part of an app that may be set from outside.
type naming struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// SetAttributes renames an app and sets its description. After OutcomeUnknown it may still do so, over what was set since.
func (c *Client) SetAttributes(ctx context.Context, id, name, description string) (App, error) {
	return c.fetchApp(ctx, call{
		name: "rename the app", method: http.MethodPut, url: c.appURL(id, ""), creates: true,
		payload: map[string]naming{"attributes": {name, description}},
	})
}

// SetSpace moves an app to a space; it keeps its id.
func (c *Client) SetSpace(ctx context.Context, id, spaceID string) (App, error) {
	return c.fetchApp(ctx, call{
		name: "move the app", method: http.MethodPut, url: c.appURL(id, "/space"), payload: map[string]string{"spaceId": spaceID},
	})
}

// SetOwner makes a user the app's owner.
func (c *Client) SetOwner(ctx context.Context, id, userID string) (App, error) {
	return c.fetchApp(ctx, call{
		name: "change the owner", method: http.MethodPut, url: c.appURL(id, "/owner"), payload: map[string]string{"ownerId": userID},
	})
}

// DeleteApp removes an app. One that is not there gives NotFound.
func (c *Client) DeleteApp(ctx context.Context, id string) error {
	k := call{name: "delete the app", method: http.MethodDelete, url: c.appURL(id, "")}
	a, pass, err := c.do(ctx, k)
	if err != nil || len(a.body) == 0 { // the contract says: 200, and nothing in it
		return err
	}
	return k.decode(a, &struct{}{}, pass) // a proxy's page must not pass for a removal
}
