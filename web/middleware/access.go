package middleware

import (
	"context"
	"net/http"
	"net/url"
	"path"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// Sessions tells who is signed in.
type Sessions interface {
	UserID(r *http.Request) (string, error)
}

// Users gives users by id.
type Users interface {
	User(ctx context.Context, id string) (account.User, error)
}

type userKey struct{}

// UserOf gives the user who is signed in; only behind SignedIn.
func UserOf(ctx context.Context) account.User {
	user, _ := ctx.Value(userKey{}).(account.User)
	return user
}

// SignedIn lets only enabled users through and makes them the actor; others are led to the sign-in page and back.
func SignedIn(sessions Sessions, users Users) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, err := signedIn(r, sessions, users)
			switch {
			case fault.Is(err, fault.Unauthorized):
				toSignIn(w, r, err)
			case err != nil:
				respond.Fault(w, r, err)
			default:
				next.ServeHTTP(w, r.WithContext(as(r.Context(), user)))
			}
		})
	}
}

func signedIn(r *http.Request, sessions Sessions, users Users) (account.User, error) {
	id, err := sessions.UserID(r)
	if err != nil {
		return account.User{}, err
	}
	if id == "" {
		return account.User{}, fault.New(fault.Unauthorized, "You are not signed in, or your session has ended. Nothing was changed.")
	}
	user, err := users.User(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && user.Disabled {
		return account.User{}, fault.New(fault.Unauthorized, "This user may not sign in any more. Ask an administrator.")
	}
	return user, err
}

func as(ctx context.Context, user account.User) context.Context {
	actor := account.ActorOf(ctx)
	actor.UserID, actor.Name = user.ID, user.Name
	return context.WithValue(account.WithActor(ctx, actor), userKey{}, user)
}

// toSignIn sends people to the form, but not from a page in which they may have typed: scripts that ask for parts or streams
// get the bare status, and a form that was sent can be sent again.
func toSignIn(w http.ResponseWriter, r *http.Request, err error) {
	if r.Header.Get("HX-Request") != "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet {
		respond.Fault(w, r, err)
		return
	}
	to := "/sign-in"
	if r.URL.Path != "/" {
		to += "?to=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// ReadersOnlyRead refuses changes by users who may only read. Their own account and sign-out are mounted outside of it.
func ReadersOnlyRead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && UserOf(r.Context()).Role != account.Admin {
			respond.Fault(w, r, fault.New(fault.Forbidden, "Your role is reader: you see everything and change nothing. Ask an administrator."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// forms are the last names of addresses where something is entered or asked that changes things.
var forms = map[string]bool{
	"new": true, "upload": true, "replace": true, "publish": true, "move": true, "unpublish": true, "delete": true, "copy": true,
	"remove": true, "retry-all": true, "release": true, "discard": true, "key": true, "drop-key": true, "undo": true,
}

// NoFormsForReaders refuses the pages whose only use is a change, so that nobody fills in what is then refused.
func NoFormsForReaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forms[path.Base(r.URL.Path)] && UserOf(r.Context()).Role != account.Admin {
			respond.Fault(w, r, fault.New(fault.Forbidden, "Your role is reader: you see everything and change nothing. Ask an administrator."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// AdminsOnly hides pages from users who are no administrators.
func AdminsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if UserOf(r.Context()).Role != account.Admin {
			respond.Fault(w, r, fault.New(fault.Forbidden, "Only administrators see this page."))
			return
		}
		next.ServeHTTP(w, r)
	})
}
