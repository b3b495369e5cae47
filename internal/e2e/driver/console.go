// Package driver uses the console as a person without scripts does: it reads pages, fills fields by their labels and
// presses buttons by their names. Nothing in it knows the console's inside.
package driver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// maxPage bounds a page, in bytes.
const maxPage = 16 << 20

// Console is somebody's browser, with its cookies. Its methods may be called at the same time.
type Console struct {
	base string
	http *http.Client
}

// New opens a browser on the console at base, such as http://127.0.0.1:8080.
func New(base string) *Console {
	jar, _ := cookiejar.New(nil) // fails never
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Console{base: strings.TrimSuffix(base, "/"), http: &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: stay}}
}

// Close closes the connections that are kept open.
func (c *Console) Close() { c.http.CloseIdleConnections() }

// Refused is an answer that says no: the console has received the request and has not done what was asked.
type Refused struct {
	Method, Path string
	Status       int
	Text         string // what the page says
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%s %s: status %d: %s", r.Method, r.Path, r.Status, r.Text)
}

// Unsent is a fault before anything was sent: the page with the form could not be opened.
type Unsent struct{ error }

func (u Unsent) Unwrap() error { return u.error }

// Page is a page that the console has shown.
type Page struct {
	*goquery.Document
	console *Console
}

// Get opens a page, also where the console sends on to another. An answer other than 200 is *Refused.
func (c *Console) Get(ctx context.Context, path string) (*Page, error) {
	to, err := url.Parse(c.base + path)
	if err != nil {
		return nil, err
	}
	for range 5 {
		a, page, err := c.do(ctx, http.MethodGet, to, "", nil)
		switch {
		case err != nil:
			return nil, err
		case a.code == http.StatusOK:
			return page, nil
		case a.code != http.StatusSeeOther:
			return nil, refused(http.MethodGet, to, a.code, page)
		}
		if to, err = to.Parse(a.location); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s leads round in circles", path)
}

// Open sends a GET and gives the answer as it comes, for live pages and sizes. headers are pairs. The caller closes the
// answer's body.
func (c *Console) Open(ctx context.Context, path string, headers ...string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return c.http.Do(request)
}

type answer struct {
	code     int
	location string
}

func (c *Console) do(ctx context.Context, method string, to *url.URL, contentType string, body io.Reader) (answer, *Page, error) {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return answer{}, nil, err
	}
	request.Header.Set("Accept", "text/html")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, nil, err
	}
	defer response.Body.Close()
	a := answer{response.StatusCode, response.Header.Get("Location")}
	if a.code == http.StatusSeeOther { // that is the whole answer, even if the connection breaks in its body
		return a, nil, nil
	}
	document, err := goquery.NewDocumentFromReader(io.LimitReader(response.Body, maxPage))
	if err != nil {
		return a, nil, err
	}
	document.Url = to
	return a, &Page{document, c}, nil
}

func refused(method string, to *url.URL, status int, page *Page) *Refused {
	r := &Refused{Method: method, Path: to.Path, Status: status}
	if page != nil {
		r.Text = page.Says()
	}
	return r
}

// Says is what a page tells above all: its faults, or else its beginning.
func (p *Page) Says() string {
	text := words(p.Find(".error-summary, .fault, .message.bad").Text())
	if text == "" {
		text = words(p.Find("main, body").First().Text())
	}
	return text[:min(len(text), 400)]
}

// Text is all that stands on the page.
func (p *Page) Text() string { return words(p.Find("body").Text()) }

// words joins text with single blanks, as a reader sees it.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }
