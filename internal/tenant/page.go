package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

const (
	pageSize = 100
	maxPages = 100 // 10,000 entries
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

// list reads all pages of a list; see filtered.
func list[T any](ctx context.Context, c *Client, name, path string, query url.Values) ([]T, error) {
	return filtered(ctx, c, name, path, query, func(T) bool { return true })
}

// filtered reads all pages of a list, and gives what is to be kept of them. One that does not end within maxPages is an error: a
// list that is cut silently would make the caller believe that something is not there.
func filtered[T any](ctx context.Context, c *Client, name, path string, query url.Values, keep func(T) bool) (kept []T, err error) {
	k := call{name: name, method: http.MethodGet, url: c.pages(path, query)}
	more, err := each(ctx, c, k, maxPages, func(part []T) bool {
		for _, entry := range part {
			if keep(entry) {
				kept = append(kept, entry)
			}
		}
		return true
	})
	if err == nil && more {
		err = k.bad(answer{status: http.StatusOK}, "the list has more than %d pages", maxPages)
	}
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// pages is the address of the first page of a list.
func (c *Client) pages(path string, query url.Values) string {
	query.Set("limit", strconv.Itoa(pageSize))
	return c.api(path, query)
}

// each gives the pages of a list to take, until that says no or the limit of pages is reached; more says that pages remain.
func each[T any](ctx context.Context, c *Client, k call, limit int, take func([]T) bool) (more bool, err error) {
	for range limit {
		var p page[T]
		if err := c.fetch(ctx, k, &p); err != nil {
			return false, err
		}
		last := p.Links.Next.Href == ""
		if !take(p.Data) || last {
			return !last, nil
		}
		if k.url, err = c.next(k, p.Links.Next.Href); err != nil {
			return false, err
		}
	}
	return true, nil
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
