package ui

import (
	"context"
	"time"
)

// Page is what a screen tells the layout about itself.
type Page struct {
	Title   string // the h1 and the window's title
	Section string // path of the entry in the Start menu that is current, such as /policies
	Crumbs  []Link // the way here, without the page itself; Start is added before them

	Beside Component // optional: stands beside the h1, such as a DeploymentName
	Aside  Component // optional: stands at the right of the page head, such as a count or a live sign
	Bare   bool      // no page head: the page brings its own h1
	Paper  bool      // the page stands on the lighter ground that tables and forms have
	Live   bool      // loads htmx and its server-sent events extension

	Scripts []string // further scripts of the static folder, such as "js/editor.js"
	Styles  []string // further stylesheets of the static folder
}

// Link is a text that leads somewhere; without Href it is only a text.
type Link struct{ Label, Href string }

// Shell is what stands around every page. The middleware puts it in the context with WithShell.
type Shell struct {
	UserName  string
	ReadsOnly bool // the user may change nothing: action bars offer nothing that the server would refuse
	SiteName  string
	SiteTouch string    // how fresh the site is: "in touch", "out of touch since"; may be empty
	SiteSince time.Time // stands after SiteTouch; the zero value is left out
	Failed    int       // deliveries
	Paused    int       // deliveries
	PausedAll *PauseBanner
	Notice    *Notice
	Now       time.Time // the moment of the request; the zero value means now
}

// MayPause says whether distribution can be paused: it is not yet. Observe only is no pause, and one can stand beside it.
func (s Shell) MayPause() bool { return s.PausedAll == nil || s.PausedAll.ObserveOnly }

// PauseBanner says why distribution stands still in all deployments.
type PauseBanner struct {
	Since  time.Time
	Reason string
	By     string // user name, or "Skyferry"
	// ObserveOnly says that it is no pause for a while: it is switched off under Site.
	ObserveOnly bool
}

// Notice tells once what the last action did: "Successfully added. 12 apps go to eu."
type Notice struct {
	Kind MessageKind
	Bold string // first words, such as "Successfully added."
	Text string
}

type shellKey struct{}

// WithShell puts the shell where Layout finds it.
func WithShell(ctx context.Context, s Shell) context.Context {
	return context.WithValue(ctx, shellKey{}, s)
}

// ShellOf gives the shell of a request; the empty one if there is none.
func ShellOf(ctx context.Context) Shell {
	s, _ := ctx.Value(shellKey{}).(Shell)
	return s
}

func nowOf(ctx context.Context) time.Time {
	if now := ShellOf(ctx).Now; !now.IsZero() {
		return now
	}
	return time.Now()
}
