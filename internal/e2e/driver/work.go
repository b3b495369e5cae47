package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
)

// SignIn signs in.
func (c *Console) SignIn(ctx context.Context, name, password string) error {
	page, err := c.Get(ctx, "/sign-in")
	if err != nil {
		return err
	}
	_, err = page.Press(ctx, "Sign in", Text("User name", name), Text("Password", password))
	return err
}

// act opens a page and presses a button there; it gives the path that follows.
func (c *Console) act(ctx context.Context, on, button string, fields ...Field) (string, error) {
	page, err := c.Get(ctx, on)
	if err != nil {
		return "", Unsent{err}
	}
	return page.Send(ctx, button, fields...)
}

// SetUpDeployment makes a deployment that signs in with its local bearer token, and makes the tenant trust it. more are
// further fields of the form, such as Text("Kind", "Sandbox").
func (c *Console) SetUpDeployment(ctx context.Context, name, endpoint string, at Tenant, more ...Field) error {
	page, err := c.Get(ctx, "/deployments/new")
	if err != nil {
		return err
	}
	if err := at.Trust(ctx, page.Value("Token")); err != nil {
		return err
	}
	_, err = page.Send(ctx, "Apply", append(more, Text("Deployment name", name), Text("API endpoint", endpoint))...)
	return err
}

// CreatePolicy makes a distribution policy for every app that its conditions match.
func (c *Console) CreatePolicy(ctx context.Context, name, conditions string) error {
	_, err := c.act(ctx, "/policies/new", "Apply", Text("Name", name), Text("Resource filter", "App_*"),
		Text("Distribute", "on"), Text("Conditions", conditions))
	return err
}

// CreateStream makes a stream.
func (c *Console) CreateStream(ctx context.Context, name string) error {
	_, err := c.act(ctx, "/streams/new", "Apply", Text("Name", name))
	return err
}

// Upload makes an app of a file. FindApp gives its id.
func (c *Console) Upload(ctx context.Context, file string, content io.Reader) error {
	page, err := c.Get(ctx, "/apps")
	if err == nil {
		page, err = page.Follow(ctx, "Upload app")
	}
	if err != nil {
		return Unsent{err}
	}
	_, err = page.Send(ctx, "Upload", Attach("File", file, content))
	return err
}

// FindApp gives the id of the app with this name.
func (c *Console) FindApp(ctx context.Context, name string) (id string, found bool, err error) {
	page, err := c.Get(ctx, "/apps?"+url.Values{"q": {name}}.Encode())
	if err != nil {
		return "", false, err
	}
	link := page.Find(`a[href^="/apps/"]`).FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s.Text()) == name })
	if link.Length() > 1 {
		return "", true, fmt.Errorf("%d apps are called %q", link.Length(), name)
	}
	return path.Base(pathOf(link.AttrOr("href", ""))), link.Length() == 1, nil
}

// Apps gives the apps of the overview's first page, with their ids at the site.
func (c *Console) Apps(ctx context.Context) (apps []App, err error) {
	page, err := c.Get(ctx, "/apps")
	if err != nil {
		return nil, err
	}
	page.Find(`tbody a[href^="/apps/"]`).Each(func(_ int, s *goquery.Selection) {
		if id := path.Base(pathOf(s.AttrOr("href", ""))); uuid.Validate(id) == nil {
			apps = append(apps, App{ID: id, Name: words(s.Text())})
		}
	})
	return apps, nil
}

func pathOf(address string) string {
	p, _, _ := strings.Cut(address, "?")
	return p
}

// Publish publishes an app to a stream.
func (c *Console) Publish(ctx context.Context, appID, stream string) error {
	_, err := c.act(ctx, "/apps/"+appID, "Publish", Text("Stream", stream))
	return err
}

// Move moves a published app to another stream.
func (c *Console) Move(ctx context.Context, appID, stream string) error {
	_, err := c.act(ctx, "/apps/"+appID, "Move", Text("Stream", stream))
	return err
}

// Replace gives an app a new file.
func (c *Console) Replace(ctx context.Context, appID, file string, content io.Reader) error {
	_, err := c.act(ctx, "/apps/"+appID, "Replace", Attach("File", file, content))
	return err
}

// Facts gives what the page of an app says of it, by label: Stream, Size, SHA-256 and so on.
func (c *Console) Facts(ctx context.Context, appID string) (map[string]string, error) {
	page, err := c.Get(ctx, "/apps/"+appID)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{}
	page.Find("dl dt").Each(func(_ int, s *goquery.Selection) { facts[words(s.Text())] = words(s.NextFiltered("dd").Text()) })
	return facts, nil
}

// Row is a row of the distribution status.
type Row struct{ AppID, App, Deployment, State, Message string }

// Status gives all rows of a tab, such as "all".
func (c *Console) Status(ctx context.Context, tab string) (rows []Row, err error) {
	page, err := c.Get(ctx, "/status?tab="+tab)
	for err == nil {
		rows = append(rows, page.rows()...)
		if page.Find(`a[rel="next"]`).Length() == 0 {
			return rows, nil
		}
		page, err = page.Follow(ctx, words(page.Find(`a[rel="next"]`).First().Text()))
	}
	return rows, err
}

func (p *Page) rows() (rows []Row) {
	p.Find("tr[aria-label]").Each(func(_ int, s *goquery.Selection) {
		app, deployment, _ := strings.Cut(s.AttrOr("aria-label", ""), " to ")
		id := path.Base(path.Dir(s.Find(`a[href^="/status/"]`).AttrOr("href", ""))) // /status/APP/DEPLOYMENT
		rows = append(rows, Row{id, app, deployment, words(s.Find(`[data-label="State"] b`).Text()), words(s.Find(`[data-label="Message"]`).Text())})
	})
	return rows
}

// Counts gives the figures on the tabs of the distribution status, by the tab's name.
func (c *Console) Counts(ctx context.Context) (map[string]int, error) {
	page, err := c.Get(ctx, "/status")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	page.Find("nav.tabs a").Each(func(_ int, s *goquery.Selection) {
		figure := s.Find(".count").Text()
		name := strings.TrimSpace(strings.TrimSuffix(words(s.Text()), words(figure)))
		counts[name], err = strconv.Atoi(digits(figure))
	})
	if len(counts) == 0 {
		return nil, errors.New("the status page has no tabs")
	}
	return counts, err
}

// digits leaves out what groups thousands.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}
