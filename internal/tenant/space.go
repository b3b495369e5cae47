package tenant

import (
	"context"
	"net/http"
	"net/url"
)

// The types of a space that distribution uses.
const (
	Managed = "managed"
	Shared  = "shared"
)

// Space is a space of the tenant.
type Space struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // managed, shared, data

	Description string `json:"description"`
}

// Space reads a space.
func (c *Client) Space(ctx context.Context, id string) (Space, error) {
	return c.fetchSpace(ctx, call{name: "read the space", method: http.MethodGet, url: c.api("spaces/"+url.PathEscape(id), nil)})
}

// FindSpace looks for the space with exactly this name and type ("" for any type) and says whether there is one.
func (c *Client) FindSpace(ctx context.Context, name, typ string) (Space, bool, error) {
	query := url.Values{"name": {name}}
	if typ != "" {
		query.Set("type", typ)
	}
	spaces, err := list[Space](ctx, c, "look for the space", "spaces", query)
	if err != nil {
		return Space{}, false, err
	}
	for _, s := range spaces {
		if s.Name == name && (typ == "" || s.Type == typ) {
			return s, true, nil
		}
	}
	return Space{}, false, nil
}

// Spaces lists the spaces that the sign-in may see.
func (c *Client) Spaces(ctx context.Context) ([]Space, error) {
	return list[Space](ctx, c, "list the spaces", "spaces", url.Values{})
}

// CreateSpace makes a space. A name that is taken is Refused with Status 409, also while FindSpace does not see it yet.
func (c *Client) CreateSpace(ctx context.Context, name, typ, description string) (Space, error) {
	return c.fetchSpace(ctx, call{
		name: "make the space", method: http.MethodPost, url: c.api("spaces", nil), creates: true,
		payload: map[string]string{"name": name, "type": typ, "description": description},
	})
}

// SpaceMember is who has roles in a space (qlik-cloud-api.md section 5).
type SpaceMember struct {
	Type       string   `json:"type"` // user, group
	AssigneeID string   `json:"assigneeId"`
	Roles      []string `json:"roles"`
}

// AddSpaceMember gives somebody roles in a space. Who has some there already is Refused with Status 409, and keeps those.
func (c *Client) AddSpaceMember(ctx context.Context, spaceID string, m SpaceMember) error {
	_, _, err := c.do(ctx, call{
		name: "give roles in the space", method: http.MethodPost, url: c.api("spaces/"+url.PathEscape(spaceID)+"/assignments", nil), payload: m,
	})
	return err
}

func (c *Client) fetchSpace(ctx context.Context, k call) (Space, error) {
	var s Space
	if err := c.fetch(ctx, k, &s); err != nil {
		return Space{}, err
	}
	if s.ID == "" {
		return Space{}, k.bad(answer{status: http.StatusOK}, "it describes no space")
	}
	return s, nil
}
