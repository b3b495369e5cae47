package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

const (
	pageSize = 100
	maxPages = 20
)

// page is one page of a list; next is an absolute address, null or missing at the end (qlik-cloud-api.md section 0).
type page[T any] struct {
	Data  []T `json:"data"`
	Links struct {
		Next struct {
			Href string `json:"href"`
		} `json:"next"`
	} `json:"links"`
}

// list reads all pages of a list. One that does not end within 20 pages is an error: a list that is cut silently would
// make the caller believe that something is not there.
func list[T any](ctx context.Context, c *Client, name, path string, query url.Values) ([]T, error) {
	query.Set("limit", strconv.Itoa(pageSize))
	k := call{name: name, method: http.MethodGet, url: c.api(path, query)}
	var all []T
	for range maxPages {
		var p page[T]
		if err := c.fetch(ctx, k, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Data...)
		if p.Links.Next.Href == "" {
			return all, nil
		}
		var err error
		if k.url, err = c.next(k, p.Links.Next.Href); err != nil {
			return nil, err
		}
	}
	return nil, k.bad(answer{status: http.StatusOK}, "the list has more than %d pages", maxPages)
}

// next resolves the address of the next page, which must be on this tenant.
func (c *Client) next(k call, href string) (string, error) {
	u, err := url.Parse(href)
	if err != nil {
		return "", k.bad(answer{status: http.StatusOK}, "the address of the next page is broken")
	}
	u = c.base.ResolveReference(u)
	if !c.own(u) {
		return "", k.bad(answer{status: http.StatusOK}, "the next page would be on another host, %s", cut(u.Host, nil, maxStart))
	}
	u.Scheme, u.Host = c.base.Scheme, c.base.Host
	return u.String(), nil
}
