package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// seenThings are what the user should read, with the rights for it.
var seenThings = []struct{ kind, one, many, right string }{
	{"stream", "stream", "streams", readStreams},
	{"user", "user", "users", readUsers},
	{"custompropertydefinition", "custom property", "custom properties", readProperties},
	{"systemrule", "system rule", "system rules", readRules},
}

// rights counts what the user reads. A repository hides what a user may not read, so nothing at all is the only thing that can be
// told from a lack of rights.
func (p *probe) rights(ctx context.Context) Step {
	apps, err := p.CountApps(ctx, "")
	if err != nil {
		return failed(err)
	}
	out, err := p.CountApps(ctx, publishedOnly)
	if err != nil {
		return failed(err)
	}
	if apps == 0 {
		return wrong("The user "+p.user+" reads no app.", p.grant(readApps))
	}
	said := []string{fmt.Sprintf("%s (%d published)", number(apps, "app", "apps"), out)}
	state, minds := Passed, []string{}
	for _, thing := range seenThings {
		n, err := p.count(ctx, thing.kind, "count the "+thing.many, thing.right, "")
		if err != nil && KindOf(err) != Forbidden {
			return failed(err)
		}
		if n == 0 {
			mind, needed := p.lacking(thing.kind)
			if minds = append(minds, mind); needed {
				state = NotPassed
			}
		}
		said = append(said, number(n, thing.one, thing.many))
	}
	minds = append(minds, p.stranger(ctx))
	last := len(said) - 1
	return Step{State: state, Remedy: strings.TrimSpace(strings.Join(minds, " ")),
		Found: "The user " + p.user + " reads " + strings.Join(said[:last], ", ") + " and " + said[last] + "."}
}

// stranger says that the site lists no such user, if that is so. What that means for rules is not known of a real site.
func (p *probe) stranger(ctx context.Context) string {
	if p.keys.Way == site.ByProxy {
		return ""
	}
	n, err := p.count(ctx, "user", "look for the user", readUsers, "userDirectory eq "+quoted(p.keys.UserDirectory)+" and userId eq "+quoted(p.keys.UserID))
	if err != nil || n > 0 {
		return ""
	}
	return "The site lists no user " + p.user + ". If it reads less than it should, take one that a user directory connector brings."
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// lacking says what it means that the user reads none of a kind, and whether it must not be. A site without custom properties is not
// strange, and rules are needed for Moving in alone.
func (p *probe) lacking(kind string) (mind string, needed bool) {
	switch kind {
	case "custompropertydefinition":
		return "If the site has custom properties, give the user " + readProperties + ".", false
	case "systemrule":
		return "Moving in needs the rules: for it, give the user " + readRules + ".", false
	case "stream":
		return "Without streams no policy by stream works. " + p.grant(readStreams), true
	}
	return "Without users no policy by owner works. " + p.grant(readUsers), true
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

const publishedOnly = "published eq true"

// exports tries a small published app without its data, and downloads it.
func (p *probe) exports(ctx context.Context) Step {
	app, err := p.smallest(ctx)
	if err != nil {
		return failed(err)
	}
	if app.ID == "" {
		return untold("There is no published app to try it with.")
	}
	began := time.Now()
	file, err := p.Export(ctx, app.ID, true)
	if err != nil {
		return failed(err)
	}
	defer file.Close()
	n, err := io.Copy(io.Discard, file)
	if err != nil {
		return failed(err)
	}
	return passed(fmt.Sprintf("“%s” was exported without its data: %d bytes in %d ms.", cut(app.Name, maxStart), n, time.Since(began).Milliseconds()), "")
}

var errEnough = errors.New("enough was read")

// smallest gives the smallest of the first published apps, looking at small ones first; none: the zero App.
func (p *probe) smallest(ctx context.Context) (best App, err error) {
	for _, filter := range []string{publishedOnly + " and fileSize lt 10000000", publishedOnly} {
		left := 100
		err = p.EachApp(ctx, filter, func(a App) error {
			if best.ID == "" || a.FileSize < best.FileSize {
				best = a
			}
			if left--; left == 0 {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return App{}, err
		}
		if best.ID != "" {
			return best, nil
		}
	}
	return best, nil
}
