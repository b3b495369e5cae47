package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

func get(name, right, path string, q ...string) call {
	return call{name: name, right: right, method: http.MethodGet, path: path, query: q}
}

func getOne(path string) call {
	k := get("read the app", readApps, path)
	k.named = true
	return k
}

// About asks the repository what it is.
func (c *Client) About(ctx context.Context) (a About, err error) {
	k := get("ask for the version", "", "about")
	if err = c.fetch(ctx, k, &a); err == nil && a.BuildVersion == "" {
		err = &Error{Call: k.name, Kind: BadAnswer, Status: http.StatusOK, Said: "The answer names no version.", Remedy: "Check that a repository of Qlik Sense answers at " + c.origin.Host + "."}
	}
	return a, err
}

// CountApps counts the apps that the user reads; an empty filter takes all.
func (c *Client) CountApps(ctx context.Context, filter string) (int, error) {
	return c.count(ctx, "app", "count the apps", readApps, filter)
}

// What the user must be allowed, in the words of the QMC's rule editor.
const (
	readApps       = "the action Read on App_*"
	readStreams    = "the action Read on Stream_*"
	readUsers      = "the action Read on User_*"
	readProperties = "the action Read on CustomProperty*"
	readRules      = "the action Read on SystemRule_*"
	exportApps     = "the actions Read, Export and Export data on App_*"
)

func (c *Client) count(ctx context.Context, kind, name, right, filter string) (int, error) {
	var n counted
	err := c.fetch(ctx, get(name, right, kind+"/count", "filter", filter), &n)
	return int(n), err
}

// counted is {"value": n}, or the bare number.
type counted int

// UnmarshalJSON implements json.Unmarshaler.
func (n *counted) UnmarshalJSON(raw []byte) error {
	var object struct{ Value *int }
	if json.Unmarshal(raw, (*int)(n)) == nil {
		return nil
	}
	if err := json.Unmarshal(raw, &object); err != nil { //nolint:musttag // the name is matched in any case
		return err
	}
	if object.Value == nil || *object.Value < 0 {
		return fmt.Errorf("no number in %s", cut(string(raw), maxStart))
	}
	*n = counted(*object.Value)
	return nil
}

// EachApp reads the apps that a filter finds, in full; an empty one finds all that the user reads.
func (c *Client) EachApp(ctx context.Context, filter string, do func(App) error) error {
	return each(ctx, c, get("read the apps", readApps, "app/full", "filter", filter), do)
}

// App reads one app in full. Of one that is gone, or hidden from the user, the error is of the Kind NotFound.
func (c *Client) App(ctx context.Context, id string) (App, error) {
	return c.app(ctx, getOne("app/"+url.PathEscape(id)))
}

// app makes a call that answers with an app.
func (c *Client) app(ctx context.Context, k call) (a App, err error) {
	if err = c.fetch(ctx, k, &a); err != nil {
		return a, err
	}
	if err = checked(a); err != nil {
		err = &Error{Call: k.name, Kind: BadAnswer, Status: http.StatusOK, Said: "The answer is no app.", Remedy: "Check that a repository of Qlik Sense answers at " + c.origin.Host + ".", cause: err}
	}
	return a, err
}

// EachStream reads the streams.
func (c *Client) EachStream(ctx context.Context, do func(Stream) error) error {
	return each(ctx, c, get("read the streams", readStreams, "stream/full"), do)
}

// EachUser reads the users, with their attributes.
func (c *Client) EachUser(ctx context.Context, do func(User) error) error {
	return each(ctx, c, get("read the users", readUsers, "user/full"), do)
}

// EachProperty reads the custom property definitions.
func (c *Client) EachProperty(ctx context.Context, do func(Property) error) error {
	return each(ctx, c, get("read the custom properties", readProperties, "custompropertydefinition/full"), do)
}

// Rules reads the system rules.
func (c *Client) Rules(ctx context.Context) (rules []Rule, err error) {
	err = each(ctx, c, get("read the rules", readRules, "systemrule/full"), func(r Rule) error {
		rules = append(rules, r)
		return nil
	})
	return rules, err
}

// The states in which a reload is under way, from Triggered to Aborting, and how long one is believed: a scheduler that crashed
// leaves results that never end.
const (
	running       = "status ge 1 and status le 5"
	longestReload = 24 * time.Hour
)

// ReloadRunning says whether a reload of the app is under way. That execution results tell it is not known of a real site
// (qlik-repository-api.md section 4 has the states only), so a repository that refuses the question means no.
func (c *Client) ReloadRunning(ctx context.Context, appID string) (bool, error) {
	filter := "appID eq " + appID + " and " + running + " and createdDate gt " + FilterDate(c.now().Add(-longestReload))
	n, err := c.count(ctx, "executionresult", "ask for reloads", "the action Read on ExecutionResult_*", filter)
	switch KindOf(err) {
	case Forbidden, NotFound, Refused, Failed, BadAnswer:
		return false, nil
	}
	return n > 0, err
}
