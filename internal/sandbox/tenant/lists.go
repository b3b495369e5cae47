package tenant

import (
	"net/http"
	"strconv"

	"github.com/skyferry/skyferry/internal/fault"
)

// Bounds of a page of a list (qlik-cloud-api.md sections 0 and 5).
const (
	defaultLimit = 10
	maxLimit     = 100
)

// listBody is a page of a list; hrefs are absolute, because official clients need that (section 0).
type listBody[T any] struct {
	Data  []T   `json:"data"`
	Links links `json:"links"`
}

type links struct {
	Self *link `json:"self,omitempty"`
	Next *link `json:"next,omitempty"`
	Open *link `json:"open,omitempty"`
}

type link struct {
	Href string `json:"href"`
}

func linkTo(href string) *link { return &link{href} }

// baseURL is the address by which the caller reached the tenant.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func selfURL(r *http.Request) string { return baseURL(r) + r.URL.RequestURI() }

// nextURL is the address of the same list from a cursor on.
func nextURL(r *http.Request, cursor string) *link {
	query := r.URL.Query()
	query.Set("page", cursor)
	return linkTo(baseURL(r) + r.URL.Path + "?" + query.Encode())
}

// limitOf reads the query parameter limit.
func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, fault.New(fault.Invalid, "limit must be a number from 1 to %d.", maxLimit)
	}
	return limit, nil
}

// page cuts the records behind the cursor out of a list that is sorted by key; next is empty on the last page.
func page[T any](all []T, limit int, cursor string, key func(T) string) (part []T, next string) {
	from := 0
	for from < len(all) && cursor != "" && key(all[from]) <= cursor {
		from++
	}
	to := min(from+limit, len(all))
	if to < len(all) && to > from {
		next = key(all[to-1])
	}
	return all[from:to], next
}
