package distribution

import (
	"context"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// Naming is a change of name and description that was sent, and of which nobody knows yet whether it came about.
type Naming struct {
	At                time.Time
	Name, Description string
}

// cameAbout says whether the app bears what was sent. It did not before: a change is sent only where something differs.
func (n Naming) cameAbout(app tenant.App) bool {
	return strings.TrimSpace(app.Name) == strings.TrimSpace(n.Name) && strings.TrimSpace(app.Description) == strings.TrimSpace(n.Description)
}

// describe gives the app its name and description, where it has others. After an unknown outcome the app is looked at until the
// change shows or has surely come to its end: one that came late would undo a newer one, which is sent by the next delivery, or
// by this one when the app was renamed at the site meanwhile.
func (r *run) describe(ctx context.Context, id string) (tenant.App, error) {
	app, err := r.t.App(ctx, id)
	n := r.d.Naming
	switch {
	case err != nil:
		return app, err
	case n != nil && !n.cameAbout(app) && !r.settled(n.At):
		return app, r.unsettled(n.At)
	}
	if r.d.Naming = nil; r.differs(app, "") == "" {
		return app, nil
	}
	r.d.Naming = &Naming{At: r.e.Now(), Name: r.landing().Name, Description: r.w.App.Description}
	if err := r.aboutToCreate(ctx, Placing); err != nil {
		return app, err
	}
	app, err = r.t.SetAttributes(ctx, id, r.d.Naming.Name, r.d.Naming.Description)
	if err == nil || !unsure(err) {
		r.d.Naming = nil
	}
	return app, err
}
