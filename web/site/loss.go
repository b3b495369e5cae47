package site

import (
	"context"
	"fmt"
	"net/url"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/ui"
)

// loss is what another site costs: the console forgets what it knows of the one before. It is empty for the same site.
type loss struct {
	From, To   string // what the sites are called
	Apps       int
	Published  int
	Streams    int
	Properties int
	Copies     int // in tenants
	Open       int // deliveries
}

// loss counts what is known now, when the wanted connection leads elsewhere.
func (s *Screen) loss(ctx context.Context, stored, wanted site.Connection) (l loss, err error) {
	if stored.SameSite(wanted) || stored.Kind == site.Unset {
		return l, nil
	}
	l.From, l.To = called(stored), called(wanted)
	if err = s.countApps(ctx, &l); err != nil {
		return l, err
	}
	streams, err := s.Store.Streams(ctx)
	if err != nil {
		return l, err
	}
	properties, err := s.Store.Properties(ctx)
	if err != nil {
		return l, err
	}
	l.Streams, l.Properties = len(streams), len(properties)
	err = s.countDeliveries(ctx, &l)
	if stored.ObserveOnly {
		l.Open = 0 // what is only observed has sent nothing: it ends with its apps
	}
	return l, err
}

func (s *Screen) countApps(ctx context.Context, l *loss) error {
	all, err := s.Store.Apps(ctx, store.AppFilter{Limit: 1})
	if err != nil {
		return err
	}
	yes := true
	published, err := s.Store.Apps(ctx, store.AppFilter{Limit: 1, Published: &yes})
	l.Apps, l.Published = all.Total, published.Total
	return err
}

func (s *Screen) countDeliveries(ctx context.Context, l *loss) error {
	summaries, err := s.Store.Summaries(ctx)
	for _, d := range summaries {
		l.Copies += d.InTenant
		l.Open += d.Waiting + d.Working + d.Retrying + d.Paused
	}
	return err
}

func called(c site.Connection) string {
	if c.Kind == site.Repository {
		return c.Host
	}
	return "the embedded site"
}

// refusal says why the site cannot be changed now; empty when it can.
func (l loss) refusal() string {
	if l.Open == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s. Another site now would mix the two up: let %s end, or cancel %s under Distribution status (disabling a deployment cancels all of its own), then apply again.",
		ui.Plural(l.Open, "delivery is open: it is an app", "deliveries are open: they are apps"), l.From, pronoun(l.Open), pronoun(l.Open))
}

func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// known says whether anything would be forgotten.
func (l loss) known() bool { return l.Apps+l.Streams+l.Properties+l.Copies > 0 }

// seen names exactly what the question shows: an answer counts for nothing else.
func (l loss) seen() string { return fmt.Sprintf("%q %q %d %d", l.From, l.To, l.Apps, l.Copies) }

// answeredBy says whether nothing remains to be asked.
func (l loss) answeredBy(values url.Values) bool { return !l.known() || values.Get("seen") == l.seen() }

func (l loss) title() string { return fmt.Sprintf("Change the site from %s to %s?", l.From, l.To) }

// sentences are all that will happen.
func (l loss) sentences() []string {
	forgets := fmt.Sprintf("Nothing is saved yet. What the console knows of %s is cleared: %s (%s published), %s and %s.", l.From,
		ui.Plural(l.Apps, "app", "apps"), ui.Number(l.Published), ui.Plural(l.Streams, "stream", "streams"), ui.Plural(l.Properties, "custom property", "custom properties"))
	lines := []string{forgets}
	switch l.Copies {
	case 0:
		lines = append(lines, "No tenant holds a copy of them.")
	case 1:
		lines = append(lines, "The 1 copy in a tenant stays there, becomes left in tenant and is no longer refreshed.")
	default:
		lines = append(lines, "The "+ui.Number(l.Copies)+" copies in tenants stay there, become left in tenant and are no longer refreshed.")
	}
	if l.From == called(site.Connection{}) {
		lines = append(lines, "The files that were uploaded here go with their apps.")
	}
	return append(lines, "Deployments, policies and guards stay, and decide about the apps of "+l.To+" from then on.")
}
