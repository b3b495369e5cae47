package faults

import (
	"net/http"
	"path"
	"slices"
	"strings"
)

// Endpoint is a name for calls that belong together.
type Endpoint struct {
	Name     string
	patterns []string // "METHOD /path", * for any method or segment; a final ** for all below
}

var endpoints = []Endpoint{
	{"any", []string{"* /api/**", "* /oauth/**", "* /login/**", "* /.well-known/**", "* /resources/**"}},
	{"api", []string{"* /api/**"}},
	{"token", []string{"POST /oauth/token", "POST /login/jwt-session"}},
	{"identity", []string{"GET /api/v1/tenants/me", "GET /api/v1/users/me"}},
	{"items", []string{"GET /api/v1/items"}},
	{"spaces", []string{"* /api/v1/spaces", "* /api/v1/spaces/**"}},
	{"uploads", []string{"GET /api/v1/temp-contents/**", "HEAD /api/v1/temp-contents/**", "PATCH /api/v1/temp-contents/**"}},
	{"tus", []string{"HEAD /api/v1/temp-contents/files/*", "PATCH /api/v1/temp-contents/files/*"}},
	{"tus-create", []string{"POST /api/v1/temp-contents/files"}},
	{"tus-head", []string{"HEAD /api/v1/temp-contents/files/*"}},
	{"tus-patch", []string{"PATCH /api/v1/temp-contents/files/*"}},
	{"import", []string{"POST /api/v1/apps/import"}},
	{"publish", []string{"POST /api/v1/apps/*/publish", "PUT /api/v1/apps/*/publish"}},
	{"app-read", []string{"GET /api/v1/apps/*"}},
	{"app-change", []string{"PUT /api/v1/apps/*", "PATCH /api/v1/apps/*"}},
	{"app-delete", []string{"DELETE /api/v1/apps/*"}},
}

// EndpointNames gives the names only.
func EndpointNames() []string {
	names := make([]string, len(endpoints))
	for i, e := range endpoints {
		names[i] = e.Name
	}
	return names
}

// patternsOf gives the patterns of a name; anything else is one itself.
func patternsOf(endpoint string) []string {
	for _, e := range endpoints {
		if e.Name == endpoint {
			return e.patterns
		}
	}
	return []string{endpoint}
}

// checkEndpoint says what is wrong with an endpoint; empty: nothing.
func checkEndpoint(endpoint string) string {
	if slices.Contains(EndpointNames(), endpoint) {
		return ""
	}
	method, where, _ := strings.Cut(endpoint, " ")
	if _, err := path.Match(endpoint, ""); err != nil || method == "" || len(endpoint) > maxText || !reachable(where) {
		return "Choose a name of the list, or write method and path, such as \"PUT /api/v1/apps/*/publish\"."
	}
	return ""
}

// reachable tells the contract's paths from those that no fault ever touches: health, pages, and the sandbox's own calls.
func reachable(where string) bool {
	return slices.ContainsFunc([]string{"/api/", "/oauth/", "/login/", "/.well-known/", "/resources/"}, func(prefix string) bool {
		return strings.HasPrefix(where, prefix)
	})
}

// matches says whether a call belongs to an endpoint.
func matches(endpoint string, r *http.Request) bool {
	call := r.Method + " " + strings.TrimSuffix(r.URL.Path, "/")
	return slices.ContainsFunc(patternsOf(endpoint), func(pattern string) bool {
		if all, below := strings.CutSuffix(pattern, "**"); below {
			return matchesBelow(all, call)
		}
		ok, err := path.Match(pattern, call)
		return err == nil && ok
	})
}

func matchesBelow(pattern, call string) bool {
	wantMethod, wantPath, _ := strings.Cut(pattern, " ")
	method, where, _ := strings.Cut(call, " ")
	return (wantMethod == "*" || wantMethod == method) && strings.HasPrefix(where, wantPath)
}
