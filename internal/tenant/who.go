package tenant

import (
	"context"
	"net/http"
)

// User is who the tenant takes us for.
type User struct {
	ID       string `json:"id"`
	TenantID string `json:"tenantId"`
	Subject  string `json:"subject"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Status   string `json:"status"`
}

// TenantID asks the tenant for its own id, which stays the same whatever the address.
func (c *Client) TenantID(ctx context.Context) (string, error) {
	k := call{name: "ask which tenant it is", method: http.MethodGet, url: c.api("tenants/me", nil)}
	var t struct {
		ID string `json:"id"`
	}
	if err := c.fetch(ctx, k, &t); err != nil {
		return "", err
	}
	if t.ID == "" {
		return "", k.bad(answer{status: http.StatusOK}, "it names no tenant")
	}
	return t.ID, nil
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
