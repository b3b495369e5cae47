package tenant

import (
	"context"
	"net/url"
	"strings"
)

// Group is a group of users in the tenant.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// FindUser looks for the user whose field (id, email, subject) has exactly this value and says whether there is one. The filter is
// that of SCIM (qlik-cloud-api.md section 5); e-mails and subjects are compared in any case.
func (c *Client) FindUser(ctx context.Context, field, value string) (User, bool, error) {
	users, err := list[User](ctx, c, "look for the user", "users", url.Values{"filter": {equals(field, value)}})
	if err != nil {
		return User{}, false, err
	}
	for _, u := range users {
		has := map[string]string{"id": u.ID, "email": u.Email, "subject": u.Subject}[field]
		if strings.EqualFold(has, value) {
			return u, true, nil
		}
	}
	return User{}, false, nil
}

// FindGroup looks for the group with exactly this name and says whether there is one.
func (c *Client) FindGroup(ctx context.Context, name string) (Group, bool, error) {
	groups, err := list[Group](ctx, c, "look for the group", "groups", url.Values{"filter": {equals("name", name)}})
	if err != nil {
		return Group{}, false, err
	}
	for _, g := range groups {
		if g.Name == name {
			return g, true, nil
		}
	}
	return Group{}, false, nil
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func equals(field, value string) string { return field + ` eq "` + quoting.Replace(value) + `"` }
