package deployments

import (
	"context"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/store"
)

func newKeyWords(store.Consequences) (here, there, more string) {
	return "A next key is made beside the present one, with an issuer of its own, and the page shows what to paste in the tenant.",
		"Distribution goes on with the present key.",
		"As soon as the tenant accepts the next key, it takes over: when the present one is refused, or at Test connection. Then delete the old identity provider in the tenant."
}

func dropKeyWords(store.Consequences) (here, there, more string) {
	return "The next key is deleted here and cannot be had back.", "Distribution goes on with the present key.",
		"If its identity provider stands in the tenant already, delete it there."
}

func takesNewKey(d deployment.Deployment) string {
	switch {
	case d.Key == nil:
		return "The deployment signs in without a key of its own."
	case d.Next != nil:
		return "There is a next key already: " + d.Next.ID + ". Use it, or drop it first."
	}
	return ""
}

func hasNextKey(d deployment.Deployment) string {
	if d.Next == nil {
		return "There is no next key; it took over, or somebody has dropped it."
	}
	return ""
}

func newKey(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	key, err := deployment.NewKey(s.SiteID, s.Now())
	if err != nil {
		return err
	}
	return s.Store.AddNextKey(ctx, d.ID, uuid.NewString(), key)
}

func dropKey(ctx context.Context, s *Screen, d deployment.Deployment, _ string) error {
	return s.Store.DropNextKey(ctx, d.ID)
}
