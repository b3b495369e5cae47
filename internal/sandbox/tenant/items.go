package tenant

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// itemBody is the Item of qlik-cloud-api.md section 5. Every app has one.
type itemBody struct {
	ID                 string        `json:"id"`
	Name               string        `json:"name"`
	Description        string        `json:"description"`
	ResourceID         string        `json:"resourceId"`
	ResourceType       string        `json:"resourceType"`
	ResourceAttributes appAttributes `json:"resourceAttributes"`
	ResourceSize       itemSize      `json:"resourceSize"`
	SpaceID            string        `json:"spaceId,omitempty"`
	OwnerID            string        `json:"ownerId,omitempty"`
	CreatorID          string        `json:"creatorId,omitempty"`
	TenantID           string        `json:"tenantId"`
	CreatedAt          string        `json:"createdAt"`
	UpdatedAt          string        `json:"updatedAt"`
	CollectionIDs      []string      `json:"collectionIds"`
	Meta               itemMeta      `json:"meta"`
	Links              links         `json:"links"`
}

type itemSize struct {
	AppFile   int64 `json:"appFile"`
	AppMemory int64 `json:"appMemory"`
}

type itemMeta struct {
	Tags        []string `json:"tags"`
	Collections []string `json:"collections"`
	Actions     []string `json:"actions"`
	IsFavorited bool     `json:"isFavorited"`
}

func (s *Server) itemBody(r *http.Request, a state.App) itemBody {
	base := baseURL(r)
	return itemBody{ID: a.ItemID, Name: a.Name, Description: a.Description, ResourceID: a.ID, ResourceType: "app",
		ResourceAttributes: attributesOf(a), ResourceSize: itemSize{AppFile: a.Size}, SpaceID: a.SpaceID, OwnerID: a.OwnerID,
		CreatorID: a.OwnerID, TenantID: s.id, CreatedAt: stamp(a.Created), UpdatedAt: stamp(a.Modified), CollectionIDs: []string{},
		Meta:  itemMeta{Tags: []string{}, Collections: []string{}, Actions: []string{}},
		Links: links{Self: linkTo(base + "/api/v1/items/" + a.ItemID), Open: linkTo(base + "/apps#" + a.ID)}}
}

// listItems is GET /api/v1/items, sorted by item id so that a cursor stays true while apps arrive.
func (s *Server) listItems(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	apps, err := s.itemApps(query)
	if err != nil {
		return err
	}
	slices.SortFunc(apps, func(a, b state.App) int { return strings.Compare(a.ItemID, b.ItemID) })
	part, next := page(apps, limit, query.Get("page"), func(a state.App) string { return a.ItemID })
	list := listBody[itemBody]{Data: []itemBody{}, Links: links{Self: linkTo(selfURL(r))}}
	for _, app := range part {
		list.Data = append(list.Data, s.itemBody(r, app))
	}
	if next != "" {
		list.Links.Next = nextURL(r, next)
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// itemApps gives the apps that a query asks for; one resourceId is looked up without reading the others.
func (s *Server) itemApps(query url.Values) (apps []state.App, err error) {
	if kind := query.Get("resourceType"); kind != "" && kind != "app" {
		return nil, nil
	}
	wanted := itemFilter(query)
	err = s.db.Read(func(tx *state.Tx) error {
		if !query.Has("resourceId") {
			apps, err = state.Apps.All(tx, wanted)
			return err
		}
		app, found, err := state.Apps.Get(tx, strings.ToLower(query.Get("resourceId")))
		if found && wanted(app) {
			apps = append(apps, app)
		}
		return err
	})
	return apps, err
}

// itemFilter reads the filters: name contains, ignoring case; spaceId "personal" means no space.
func itemFilter(query url.Values) func(state.App) bool {
	name, space, owner := strings.ToLower(query.Get("name")), query.Get("spaceId"), query.Get("ownerId")
	return func(a state.App) bool {
		inSpace := space == "" || a.SpaceID == space || space == "personal" && a.SpaceID == ""
		return inSpace && (owner == "" || a.OwnerID == owner) && strings.Contains(strings.ToLower(a.Name), name) &&
			(query.Get("shared") != "false" || a.SpaceID == "")
	}
}
