// Package origin says on every screen where the apps come from: the question that a console asks before anybody has said it,
// the note on pages of what comes from a Qlik Sense site, and what of the site needs attention.
package origin

import (
	"context"
	"net/http"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
)

// Store tells where the apps come from. *store.Store is one.
type Store interface {
	SiteConnection(ctx context.Context) (site.Connection, error)
}

// Right is one of the things that the site may let the console do: a field of site.Rights.
type Right func(site.Rights) bool

// Define is the right to make and change streams and custom properties.
func Define(r site.Rights) bool { return r.Define }

// Publish is the right to put an app into a stream.
func Publish(r site.Rights) bool { return r.Publish }

// Move is the right to put a published app into another stream.
func Move(r site.Rights) bool { return r.Move }

// Unpublish is the right to take an app out of its stream.
func Unpublish(r site.Rights) bool { return r.Unpublish }

// Delete is the right to remove an app from the site.
func Delete(r site.Rights) bool { return r.Delete }

// Change is the right to change something that people write about an app.
func Change(r site.Rights) bool { return r.Edit || r.Properties }

// Upload is the right to bring new apps.
func Upload(r site.Rights) bool { return r.Upload }

// Replace is the right to give an app another file.
func Replace(r site.Rights) bool { return r.Replace }

// Demand refuses a request, in the site's own words, when the site does not give the right to it.
func Demand(s Store, right Right) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := demanded(r.Context(), s, right); err != nil {
				respond.Fault(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func demanded(ctx context.Context, s Store, right Right) error {
	c, err := s.SiteConnection(ctx)
	if err == nil && !right(c.Rights()) {
		err = fault.New(fault.Forbidden, "%s", c.Rights().Why)
	}
	return err
}
