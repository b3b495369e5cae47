package tenant

import (
	"context"
	"net/http"
	"strings"
)

// User is who the tenant takes us for.
type User struct {
	ID       string `json:"id"`
	TenantID string `json:"tenantId"`
	Subject  string `json:"subject"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Status   string `json:"status"`
	ClientID string `json:"clientId"` // of the OAuth client, for the user that stands for one
}

// Bot says whether the user stands for an OAuth client and not for a person. The documented samples of such users have the
// client's id, and a subject that begins so.
func (u User) Bot() bool { return u.ClientID != "" || strings.HasPrefix(u.Subject, `qlikbot\`) }

// about is what a tenant tells of itself.
type about struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// words names a tenant by both.
func (a about) words() string {
	if a.Name == "" {
		return cut(a.ID, nil, maxStart)
	}
	return cut(a.ID, nil, maxStart) + " (" + cut(a.Name, nil, maxStart) + ")"
}

// TenantID asks the tenant for its own id, which stays the same whatever the address.
func (c *Client) TenantID(ctx context.Context) (string, error) {
	t, err := c.tenant(ctx)
	return t.ID, err
}

func (c *Client) tenant(ctx context.Context) (about, error) {
	k := call{name: "ask which tenant it is", method: http.MethodGet, url: c.api("tenants/me", nil)}
	var t about
	if err := c.fetch(ctx, k, &t); err != nil {
		return about{}, err
	}
	if t.ID == "" {
		return about{}, k.bad(answer{status: http.StatusOK}, "it names no tenant")
	}
	return t, nil
}

// Me asks the tenant who we are.
func (c *Client) Me(ctx context.Context) (User, error) {
	k := call{name: "ask who we are", method: http.MethodGet, url: c.api("users/me", nil)}
	var u User
	if err := c.fetch(ctx, k, &u); err != nil {
		return User{}, err
	}
	if u.ID == "" {
		return User{}, k.bad(answer{status: http.StatusOK}, "it names no user")
	}
	return u, nil
}
