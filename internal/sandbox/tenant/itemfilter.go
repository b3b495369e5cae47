package tenant

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// itemFilter reads the filters of GET /api/v1/items (qlik-cloud-api.md section 5) and gives what all of them want.
func itemFilter(tx *state.Tx, r *http.Request) (func(state.App) bool, error) {
	query := r.URL.Query()
	if query.Get("resourceId") != "" && query.Get("resourceType") == "" {
		return nil, fault.New(fault.Invalid, "resourceId needs resourceType.")
	}
	kind, err := wantsType(query.Get("resourceType"), query.Get("resourceSubType"))
	if err != nil || !kind {
		return func(state.App) bool { return false }, err
	}
	inType, err := spaceTypeFilter(tx, query.Get("spaceType"))
	if err != nil {
		return nil, err
	}
	all := []func(state.App) bool{hasItem, inType, nameFilter(query), personFilter(query), placeFilter(r), idFilter(query), collectionFilter(tx, query)}
	return func(a state.App) bool {
		return !slices.ContainsFunc(all, func(wanted func(state.App) bool) bool { return !wanted(a) })
	}, nil
}

func hasItem(a state.App) bool { return a.ItemID != "" }

// nameFilter: name is in the name; query is in the name or in the description. Neither looks at capitals.
func nameFilter(query url.Values) func(state.App) bool {
	name, text := strings.ToLower(query.Get("name")), strings.ToLower(query.Get("query"))
	return func(a state.App) bool {
		called := strings.ToLower(a.Name)
		return strings.Contains(called, name) && (strings.Contains(called, text) || strings.Contains(strings.ToLower(a.Description), text))
	}
}

func personFilter(query url.Values) func(state.App) bool {
	return func(a state.App) bool {
		return wantedText(query.Get("ownerId"), a.OwnerID) && wantedText(query.Get("createdByUserId"), a.OwnerID) &&
			unwantedText(query.Get("notOwnerId"), a.OwnerID) && unwantedText(query.Get("notCreatedByUserId"), a.OwnerID)
	}
}

func unwantedText(asked, have string) bool { return asked == "" || asked != have }

// placeFilter: spaceId "personal" is no space, and shared says whether there is one.
func placeFilter(r *http.Request) func(state.App) bool {
	space, shared := r.URL.Query().Get("spaceId"), flag(r, "shared")
	return func(a state.App) bool {
		if shared != nil && *shared != (a.SpaceID != "") {
			return false
		}
		return space == "" || a.SpaceID == space || space == "personal" && a.SpaceID == ""
	}
}

// spaceTypeFilter: personal apps lie in no space, nor do staged ones.
func spaceTypeFilter(tx *state.Tx, asked string) (func(state.App) bool, error) {
	types := wordsOf(asked)
	spaces, err := state.Spaces.All(tx, func(s state.Space) bool { return slices.Contains(types, s.Type) })
	in := map[string]bool{"": slices.Contains(types, "personal")}
	for _, space := range spaces {
		in[space.ID] = true
	}
	return func(a state.App) bool { return len(types) == 0 || in[a.SpaceID] }, err
}

func idFilter(query url.Values) func(state.App) bool {
	many := wordsOf(strings.ToLower(query.Get("resourceIds")))
	return func(a state.App) bool {
		return wantedText(query.Get("id"), a.ItemID) && (len(many) == 0 || slices.Contains(many, a.ID))
	}
}

func collectionFilter(tx *state.Tx, query url.Values) func(state.App) bool {
	id := query.Get("collectionId")
	return func(a state.App) bool { return id == "" || isMember(tx, id, a.ID) }
}

// isMember reports whether an app's item is in a collection; what cannot be read is in none.
func isMember(tx *state.Tx, collectionID, appID string) bool {
	_, in, err := state.Memberships.Get(tx, state.MembershipKey(collectionID, appID))
	return in && err == nil
}
