package qrs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// How often a change is tried anew when only such things changed meanwhile that the form did not show; how long the site may take for it,
// and to be read again afterwards: somebody waits for the page.
const (
	actTries  = 3
	actWait   = 18 * time.Second
	takeAfter = 8 * time.Second
)

// Publish publishes an app at the site. shown is the app as the form showed it: what differs at the site now is a *site.Stale, and
// nothing was done. Other errors are faults with whole sentences.
func (c *Connector) Publish(ctx context.Context, shown site.App, to site.Stream) error {
	return c.act(ctx, "publish", shown.ID, func(ctx context.Context, asked ask) error {
		read, err := c.Client.App(ctx, shown.ID)
		if err != nil {
			return err
		}
		now := read.Site()
		switch err := site.Against(shown, as(shown, to), now); {
		case err != nil:
			return err
		case now.Published() && now.Stream.ID == strings.ToLower(to.ID):
			return nil // somebody else did the same
		case now.Published():
			return fault.New(fault.Conflict, "The app %q is published already, to %s. Move it instead.", now.Name, now.Stream.Name)
		}
		if err := asked(now, as(now, to)); err != nil {
			return err
		}
		after, err := c.Client.PublishApp(ctx, shown.ID, to.ID, now.Name)
		if err != nil {
			return err
		}
		return landed(after.Site(), to)
	})
}

// Move puts a published app into another stream, by a change of the whole app. Qlik does not document that a repository does it: one that
// answers and leaves the app where it is, is told of. Errors are those of Publish.
func (c *Connector) Move(ctx context.Context, shown site.App, to site.Stream) error {
	return c.change(ctx, "move", changing{shown, as(shown, to), func(entity map[string]any, now site.App) error {
		if !now.Published() {
			return fault.New(fault.Conflict, "The app %q is not published, so there is nothing to move. Publish it.", now.Name)
		}
		entity["stream"] = map[string]any{"id": to.ID, "name": to.Name}
		return nil
	}, func(after site.App) error { return landed(after, to) }})
}

// as gives an app as it is in a stream.
func as(a site.App, to site.Stream) site.App {
	a.Stream = &to
	return a
}

// landed refuses an answer that does not show the app where it was put.
func landed(after site.App, to site.Stream) error {
	if after.Published() && after.Stream.ID == strings.ToLower(to.ID) {
		return nil
	}
	where := "not published"
	if after.Published() {
		where = "in " + after.Stream.Name
	}
	return fault.New(fault.Unavailable, "The site answered, but the app is %s. This site does not do it this way: use the hub or the QMC.", where)
}

// SetProperties gives an app the values of custom properties, by name. Those in which shown and wanted agree stay as the site has them.
// Errors are those of Publish.
func (c *Connector) SetProperties(ctx context.Context, shown site.App, want map[string][]string) error {
	wanted := shown
	wanted.Properties = want
	differ := site.Differing(shown.Properties, want)
	if len(differ) == 0 {
		return nil
	}
	definitions, err := c.definitions(ctx)
	if err != nil {
		return forPeople(err, false)
	}
	return c.change(ctx, "change custom properties of", changing{shown, wanted, func(entity map[string]any, _ site.App) error {
		return putValues(entity, differ, want, definitions)
	}, func(after site.App) error {
		if left := site.Differing(onlyOf(after.Properties, differ), onlyOf(want, differ)); len(left) > 0 {
			return fault.New(fault.Unavailable, "The site answered, but did not take the values of %s. Change them in the QMC.", strings.Join(left, ", "))
		}
		return nil
	}})
}

func onlyOf(all map[string][]string, names []string) map[string][]string {
	some := map[string][]string{}
	for _, name := range names {
		some[name] = all[name]
	}
	return some
}

// definitions gives the ids of the site's custom properties for apps, by name.
func (c *Connector) definitions(ctx context.Context) (map[string]string, error) {
	ids := map[string]string{}
	err := c.Client.EachProperty(ctx, func(p api.Property) error {
		if p.Site().ForApps {
			ids[p.Name] = p.ID
		}
		return nil
	})
	return ids, err
}

// putValues writes the values of the named properties into an entity, and leaves all others in it as they are.
func putValues(entity map[string]any, names []string, want map[string][]string, definitions map[string]string) error {
	kept := []any{}
	have, _ := entity["customProperties"].([]any)
	for _, value := range have {
		if !slices.Contains(names, definitionOf(value)) {
			kept = append(kept, value)
		}
	}
	for _, name := range names {
		id, there := definitions[name]
		if !there && len(want[name]) > 0 {
			return fault.Field(fault.Conflict, "properties", "The site has no custom property %s for apps any more. Load the page again.", name)
		}
		for _, value := range want[name] {
			kept = append(kept, map[string]any{"value": value, "definition": map[string]any{"id": id, "name": name}})
		}
	}
	entity["customProperties"] = kept
	return nil
}

func definitionOf(value any) string {
	v, _ := value.(map[string]any)
	definition, _ := v["definition"].(map[string]any)
	name, _ := definition["name"].(string)
	return name
}

// changing is a change of an app by writing it back whole.
type changing struct {
	shown, wanted site.App
	edit          func(entity map[string]any, now site.App) error
	check         func(after site.App) error // the answer of the site
}

// change reads the whole app anew, holds it against what was shown, and writes it back changed. When the site says that it was changed
// between reading and writing, all of it is done again: what the form showed may still be true.
func (c *Connector) change(ctx context.Context, what string, ch changing) error {
	return c.act(ctx, what, ch.shown.ID, func(ctx context.Context, asked ask) error {
		for try := 1; ; try++ {
			after, err := c.Client.UpdateApp(ctx, ch.shown.ID, func(entity map[string]any) error { return ch.apply(entity, asked) })
			switch {
			case err == nil:
				return ch.check(after.Site())
			case errors.Is(err, errAsWanted):
				return nil
			case api.KindOf(err) != api.Conflict || try == actTries:
				return err
			}
		}
	})
}

// apply changes the entity, unless somebody else has changed what was shown.
func (ch changing) apply(entity map[string]any, asked ask) error {
	now, err := appOf(entity)
	if err != nil {
		return err
	}
	if err := site.Against(ch.shown, ch.wanted, now); err != nil {
		return err
	}
	if err := ch.edit(entity, now); err != nil {
		return err
	}
	will, err := appOf(entity)
	switch {
	case err != nil:
		return err
	case site.Against(will, will, now) == nil:
		return errAsWanted
	}
	return asked(now, will)
}

// errAsWanted ends a change that somebody else has made already.
var errAsWanted = errors.New("the app is as it is wanted")

// appOf reads an app from the entity as the site wrote it.
func appOf(entity map[string]any) (site.App, error) {
	var app api.App
	text, err := json.Marshal(entity)
	if err == nil {
		err = json.Unmarshal(text, &app)
	}
	if err != nil {
		return site.App{}, fmt.Errorf("the app cannot be read: %w", err)
	}
	return app.Site(), nil
}

var errGone error = fault.New(fault.Conflict, "The site does not answer this app any more: it was deleted, or the console's user may not read it.")

// ask notes, before the site is asked to change anything, who asks for what.
type ask func(now, wanted site.App) error

// act does something to an app of the site in somebody's name, and takes the app at once, so that pages show it.
func (c *Connector) act(ctx context.Context, what, id string, do func(context.Context, ask) error) error {
	if !c.Connection.Acting {
		return fault.New(fault.Forbidden, "The console only reads this site. Acting is switched on or off on the screen Site.")
	}
	bound, cancel := context.WithTimeout(ctx, actWait)
	defer cancel()
	defer context.AfterFunc(c.over, cancel)()
	if _, gone, err := c.readOne(account.WithActor(bound, account.System), id); err != nil || gone { // what others did before is not ours
		return forPeople(cmp.Or(err, errGone), false)
	}
	noted := false
	err := do(bound, func(now, wanted site.App) error {
		if noted {
			return nil
		}
		noted = true
		return c.Store.AskedSite(ctx, what, now, wanted)
	})
	if noted || api.KindOf(err) == api.Conflict || isStale(err) {
		c.takeNow(ctx, id)
	}
	return forPeople(err, noted)
}

// takeNow reads an app and takes it. Where that fails a look does it soon.
func (c *Connector) takeNow(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeAfter)
	defer cancel()
	if _, _, err := c.readOne(ctx, id); err != nil {
		c.Log.WarnContext(ctx, "an app was not read after it was changed at the site; the next look reads it", "id", id, "error", err)
		c.Look()
	}
}

func isStale(err error) bool {
	_, ok := errors.AsType[*site.Stale](err)
	return ok
}

// forPeople turns what the repository said into a fault for people; a stale app and faults stay as they are. asked: the site may have done
// what it was asked for, unless it says that it has not.
func forPeople(err error, asked bool) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case api.NotFound:
		return errGone
	case api.Forbidden, api.Refused, api.Conflict, api.XSRF, api.SignIn, api.Certificate, api.Passphrase:
		return fault.Wrap(err, fault.Conflict, "%s", e.Error())
	case api.Interrupted:
		e.Said = "The site has not answered in time."
	}
	if asked {
		return fault.Wrap(err, fault.Unavailable, "%s Whether it was done is not known. The app's page shows it as it was last read; look there before you do it again.", e.Error())
	}
	return fault.Wrap(err, fault.Unavailable, "%s", e.Error())
}
