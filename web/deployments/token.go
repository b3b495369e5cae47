package deployments

import (
	"context"
	"net/http"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

const draftReplaced = "The token of that page was applied already, or waited for its Apply for more than 24 hours. A new one stands here; copy this one into the tenant."

// token is what the admin copies into the tenant, for either way of signing in with a key. It holds a public key, no secret.
type token struct {
	Text  string
	Key   deployment.Key
	Draft bool // bound at Apply only
	Anew  bool // made just now, because the page's own was gone
}

// makeDraft makes a key pair and keeps it for a day.
func (s *Screen) makeDraft(ctx context.Context) (deployment.Draft, error) {
	if err := onlyAdmins(ctx); err != nil {
		return deployment.Draft{}, err
	}
	draft, private, err := deployment.NewDraft(s.SiteID, s.Now())
	if err != nil {
		return deployment.Draft{}, err
	}
	return draft, s.Store.CreateDraft(ctx, draft, private)
}

// liveDraft gives a draft that may still be applied; a fault.NotFound for every other id.
func (s *Screen) liveDraft(ctx context.Context, id string) (deployment.Draft, error) {
	if id == "" {
		return deployment.Draft{}, fault.New(fault.NotFound, draftReplaced)
	}
	draft, err := s.Store.Draft(ctx, id)
	if err == nil && !draft.Expires.After(s.Now()) {
		err = fault.New(fault.NotFound, draftReplaced)
	}
	return draft, err
}

// tokenFor gives the token of a form: of its draft, else of the deployment's own key. A draft that is gone is replaced in
// the form.
func (s *Screen) tokenFor(ctx context.Context, f *form, stored *deployment.Deployment) (token, error) {
	if f.Draft == "" && stored != nil {
		return ownToken(*stored, f.Audience), nil
	}
	draft, err := s.liveDraft(ctx, f.Draft)
	anew := fault.Is(err, fault.NotFound)
	if anew {
		draft, err = s.makeDraft(ctx)
	}
	if err != nil {
		return token{}, err
	}
	f.Draft = draft.ID
	t := tokenOf(draft.Key, f.Audience)
	t.Draft, t.Anew = true, anew
	return t, nil
}

// ownToken is empty for a deployment without a key.
func ownToken(d deployment.Deployment, audience string) token {
	if d.Key == nil {
		return token{}
	}
	return tokenOf(*d.Key, audience)
}

func tokenOf(key deployment.Key, audience string) token {
	return token{Text: deployment.Definition(key, audience), Key: key}
}

// token gives the token again for another audience, while it is typed.
func (s *Screen) token(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	t, err := s.typedToken(r.Context(), q.Get("draft"), q.Get("deployment"), q.Get("audience"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, tokenArea(t))
}

func (s *Screen) typedToken(ctx context.Context, draftID, deploymentID, audience string) (token, error) {
	if draftID != "" {
		draft, err := s.liveDraft(ctx, draftID)
		if err != nil {
			return token{}, err
		}
		t := tokenOf(draft.Key, audience)
		t.Draft = true
		return t, nil
	}
	d, err := s.Store.Deployment(ctx, deploymentID)
	if err != nil {
		return token{}, err
	}
	return ownToken(d, audience), nil
}
