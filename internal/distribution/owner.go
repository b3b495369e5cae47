package distribution

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// setOwner makes the user that the deployment says the app's owner. Whom the tenant does not know is a warning: the app belongs
// to whoever signs in then, as it does by default.
func (r *run) setOwner(ctx context.Context, app tenant.App) (tenant.App, error) {
	if !r.managed() || r.w.Deployment.Landing.Owner == deployment.OwnerService {
		return app, nil
	}
	user, found, err := r.wantedOwner(ctx)
	switch {
	case err != nil && refused(err):
		r.warnf("The owner was not set: %s", err)
		return app, nil
	case err != nil:
		return app, err
	case !found:
		r.warnf("The owner was not set: the tenant has no user %s", r.ownerWords())
		return app, nil
	}
	if app.OwnerID != user.ID {
		if app, err = r.give(ctx, app, user); err != nil || app.OwnerID != user.ID {
			return app, err
		}
	}
	r.owner = firstOf(user.Name, user.Email, user.ID)
	return app, nil
}

// give makes the user the owner and reads that back.
func (r *run) give(ctx context.Context, app tenant.App, user tenant.User) (tenant.App, error) {
	if err := r.mine(ctx); err != nil {
		return app, err
	}
	_, err := r.t.SetOwner(ctx, app.ID, user.ID)
	if err != nil && refused(err) {
		r.warnf("%s was not made the owner: %s", firstOf(user.Name, user.Email, user.ID), err)
		return app, nil
	}
	if err != nil {
		return app, err
	}
	now, err := r.readBack(ctx, app.ID, "")
	if err == nil && now.OwnerID != user.ID {
		r.warnf("%s was made the owner, but the tenant shows another one", firstOf(user.Name, user.Email, user.ID))
	}
	return now, err
}

// wantedOwner looks the user up: the fixed one, or the owner at the site by e-mail and then by subject.
func (r *run) wantedOwner(ctx context.Context) (user tenant.User, found bool, err error) {
	if r.w.Deployment.Landing.Owner == deployment.OwnerFixed {
		return r.user(ctx, r.w.Deployment.Landing.OwnerUser)
	}
	owner := r.w.App.Owner
	if owner.Email != "" {
		if user, found, err = r.t.FindUser(ctx, "email", owner.Email); err != nil || found {
			return user, found, err
		}
	}
	if owner.UserID == "" {
		return user, false, nil
	}
	return r.t.FindUser(ctx, "subject", owner.Directory+`\`+owner.UserID)
}

// user finds a user by e-mail, subject or id, as somebody typed it.
func (r *run) user(ctx context.Context, who string) (user tenant.User, found bool, err error) {
	fields := []string{"id", "subject"}
	if strings.Contains(who, "@") {
		fields = []string{"email", "subject"}
	}
	for _, field := range fields {
		if user, found, err = r.t.FindUser(ctx, field, who); err != nil || found {
			return user, found, err
		}
	}
	return user, false, nil
}

// ownerWords name the user that was looked for.
func (r *run) ownerWords() string {
	owner := r.w.App.Owner
	switch {
	case r.w.Deployment.Landing.Owner == deployment.OwnerFixed:
		return r.w.Deployment.Landing.OwnerUser
	case owner.Email == "":
		return owner.Directory + `\` + owner.UserID + " (the owner at the site has no e-mail)"
	}
	return "with the e-mail " + owner.Email
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
