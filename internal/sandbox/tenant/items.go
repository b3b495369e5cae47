package tenant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// itemBody is the Item of qlik-cloud-api.md section 5. Every app has one, until somebody deletes it.
type itemBody struct {
	ID                       string            `json:"id"`
	Name                     string            `json:"name"`
	Description              string            `json:"description"`
	ResourceID               string            `json:"resourceId"`
	ResourceType             string            `json:"resourceType"`
	ResourceSubType          string            `json:"resourceSubType"`
	ResourceAttributes       appAttributes     `json:"resourceAttributes"`
	ResourceCustomAttributes map[string]string `json:"resourceCustomAttributes"`
	ResourceSize             itemSize          `json:"resourceSize"`
	ResourceReloadStatus     string            `json:"resourceReloadStatus,omitempty"`
	ResourceReloadEndTime    string            `json:"resourceReloadEndTime,omitempty"`
	ResourceCreatedAt        string            `json:"resourceCreatedAt"`
	ResourceUpdatedAt        string            `json:"resourceUpdatedAt"`
	SpaceID                  string            `json:"spaceId,omitempty"`
	OwnerID                  string            `json:"ownerId,omitempty"`
	CreatorID                string            `json:"creatorId,omitempty"`
	TenantID                 string            `json:"tenantId"`
	CreatedAt                string            `json:"createdAt"`
	UpdatedAt                string            `json:"updatedAt"`
	CollectionIDs            []string          `json:"collectionIds"`
	Actions                  []string          `json:"actions,omitempty"`
	IsFavorited              bool              `json:"isFavorited"`
	Meta                     itemMeta          `json:"meta"`
	Links                    links             `json:"links"`
}

type itemSize struct {
	AppFile   int64 `json:"appFile"`
	AppMemory int64 `json:"appMemory"`
}

type itemMeta struct {
	Tags        []itemTag `json:"tags"`
	Collections []itemTag `json:"collections"`
	Actions     []string  `json:"actions"`
	IsFavorited bool      `json:"isFavorited"`
}

// itemTag names a collection that an item is in.
type itemTag struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// itemBody tells an app's item; actions only when they are wanted.
func (s *Server) itemBody(tx *state.Tx, r *http.Request, a state.App) (itemBody, error) {
	self := baseURL(r) + "/api/v1/items/" + a.ItemID
	body := itemBody{ID: a.ItemID, Name: a.Name, Description: a.Description, ResourceID: a.ID, ResourceType: "app",
		ResourceAttributes: attributesOf(a), ResourceCustomAttributes: map[string]string{}, ResourceSize: itemSize{a.Size, memoryOf(a)},
		ResourceReloadEndTime: a.LastReload, ResourceCreatedAt: stamp(a.Created), ResourceUpdatedAt: stamp(a.Modified), SpaceID: a.SpaceID,
		OwnerID: a.OwnerID, CreatorID: a.OwnerID, TenantID: s.id, CreatedAt: stamp(a.Created), UpdatedAt: stamp(a.Modified),
		CollectionIDs: []string{}, Meta: itemMeta{Tags: []itemTag{}, Collections: []itemTag{}, Actions: []string{}},
		Links: links{Self: linkTo(self), Open: linkTo(baseURL(r) + "/apps#" + a.ID), Collections: linkTo(self + "/collections")}}
	if a.LastReload != "" {
		body.ResourceReloadStatus = "SUCCEEDED"
	}
	if bare := flag(r, "noActions"); bare == nil || !*bare {
		body.Actions = nxApp(a, callerOf(r)).Privileges
		body.Meta.Actions = body.Actions
	}
	return body, body.addCollections(tx)
}

// addCollections names the collections of the item; those of type public are its tags.
func (b *itemBody) addCollections(tx *state.Tx) error {
	return eachCollectionOf(tx, b.ResourceID, func(c state.Collection) {
		b.CollectionIDs = append(b.CollectionIDs, c.ID)
		if c.Type == collectionPublic {
			b.Meta.Tags = append(b.Meta.Tags, itemTag{c.ID, c.Name})
			return
		}
		b.Meta.Collections = append(b.Meta.Collections, itemTag{c.ID, c.Name})
	})
}

// itemOrders: nobody opens an app here, so the one used last is the one changed last.
var itemOrders = map[string]string{"": state.ByCreated, "createdAt": state.ByCreated, "updatedAt": state.ByUpdated,
	"name": state.ByName, "recentlyUsed": state.ByUpdated}

// listItems is GET /api/v1/items.
func (s *Server) listItems(w http.ResponseWriter, r *http.Request) error {
	return s.answerItems(w, r, func(*state.Tx) (func(state.App) bool, error) { return nil, nil })
}

// answerItems answers with a page of the items that the query and one more condition want.
func (s *Server) answerItems(w http.ResponseWriter, r *http.Request, also func(*state.Tx) (func(state.App) bool, error)) error {
	order, err := listingOf(r, itemOrders, usualCursors)
	if err != nil {
		return err
	}
	var list listBody[itemBody]
	err = s.db.Read(func(tx *state.Tx) error {
		wanted, err := itemFilter(tx, r)
		if err != nil {
			return err
		}
		more, err := also(tx)
		if err != nil {
			return err
		}
		page, err := readItems(tx, r, order, func(a state.App) bool { return wanted(a) && (more == nil || more(a)) })
		if err != nil {
			return err
		}
		list, err = s.itemsBody(tx, r, order, page)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func (s *Server) itemsBody(tx *state.Tx, r *http.Request, order listing, page rows[state.App]) (listBody[itemBody], error) {
	list := listBody[itemBody]{Data: []itemBody{}, Links: pageLinks(r, order, page)}
	for _, app := range page.records {
		body, err := s.itemBody(tx, r, app)
		if err != nil {
			return list, err
		}
		list.Data = append(list.Data, body)
	}
	return list, nil
}

// fewNames is how many apps with a name are read as a whole; with more of them, a page is soon full anyway.
const fewNames = 200

// namedApps gives the apps whose name has a text, read by the index of the names; false when they are many.
func namedApps(tx *state.Tx, text string) (apps []state.App, few bool, err error) {
	text = strings.ToLower(text)
	part := state.Part{Only: func(entry string) bool { return strings.Contains(entry, text) }}
	err = state.Apps.Visit(tx, state.ByName, part, func(_ string, a state.App) (bool, error) {
		apps = append(apps, a)
		return len(apps) <= fewNames, nil
	})
	return apps, len(apps) <= fewNames, err
}

// readItems reads a page. One resourceId is looked up, a name is searched for in the index of the names, and one space
// has an index of its own.
func readItems(tx *state.Tx, r *http.Request, order listing, wanted func(state.App) bool) (rows[state.App], error) {
	query := r.URL.Query()
	if id := query.Get("resourceId"); id != "" {
		app, found, err := state.Apps.Get(tx, strings.ToLower(id))
		if err != nil || !found || !wanted(app) {
			return rows[state.App]{}, err
		}
		return rows[state.App]{records: []state.App{app}}, nil
	}
	if name := query.Get("name"); name != "" {
		apps, few, err := namedApps(tx, name)
		if err != nil || few {
			apps = slices.DeleteFunc(apps, func(a state.App) bool { return !wanted(a) })
			return cutRows(apps, order, func(a state.App) string { return state.Apps.EntryOf(order.index, a, a.ID) }), err
		}
	}
	if space := query.Get("spaceId"); space != "" && space != "personal" && order.index == state.ByCreated {
		order.index, order.prefix = state.BySpace, state.InSpace(space)
	}
	return readRows(tx, state.Apps, order, wanted)
}

// getItem is GET /api/v1/items/{id}.
func (s *Server) getItem(w http.ResponseWriter, r *http.Request) error {
	var body itemBody
	err := s.db.Read(func(tx *state.Tx) error {
		app, err := appOfItem(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		body, err = s.itemBody(tx, r, app)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

func appOfItem(tx *state.Tx, itemID string) (state.App, error) {
	app, found, err := state.Apps.First(tx, state.ByItem, itemID)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no item %q.", itemID)
	}
	return app, err
}

// itemRequest is the body of POST and PUT. Name and description are those of the app.
type itemRequest struct {
	attributes

	ResourceID   string `json:"resourceId"`
	ResourceType string `json:"resourceType"`
}

// postItem is POST /api/v1/items, which is not published any more: older uploaders make the item themselves and want
// 201. It can be repeated, and brings back an item that was deleted.
func (s *Server) postItem(w http.ResponseWriter, r *http.Request) error {
	var request itemRequest
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	if request.ResourceID == "" || request.ResourceType == "" {
		return fault.New(fault.Invalid, "An item needs resourceId and resourceType. This sandbox makes items of apps only.")
	}
	return s.changeItem(w, r, http.StatusCreated, func(tx *state.Tx) (state.App, error) {
		app, err := oneApp(tx, request.ResourceID)
		if err == nil && app.ItemID == "" {
			app.ItemID = randomHex()
		}
		return app, err
	})
}

// putItem is PUT /api/v1/items/{id}.
func (s *Server) putItem(w http.ResponseWriter, r *http.Request) error {
	var request itemRequest
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	if request.ResourceType != "app" {
		return fault.New(fault.Invalid, "resourceType must be app.")
	}
	return s.changeItem(w, r, http.StatusOK, func(tx *state.Tx) (state.App, error) {
		app, err := appOfItem(tx, chi.URLParam(r, "id"))
		if err == nil && !mayChange(app, callerOf(r)) {
			err = fault.New(fault.Forbidden, "The caller may not change the item of the app %q.", app.ID)
		}
		if err == nil {
			app.Modified = s.now().UTC()
			err = request.apply(&app)
		}
		return app, err
	})
}

// changeItem changes the app of an item and answers with the item.
func (s *Server) changeItem(w http.ResponseWriter, r *http.Request, status int, change func(*state.Tx) (state.App, error)) error {
	var body itemBody
	err := s.db.Write(func(tx *state.Tx) error {
		app, err := change(tx)
		if err != nil {
			return err
		}
		if err := state.Apps.Put(tx, app.ID, app); err != nil {
			return err
		}
		body, err = s.itemBody(tx, r, app)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, status, body)
	return nil
}

// deleteItem is DELETE /api/v1/items/{id}: 204. The app stays; its item comes back with POST or the next import.
func (s *Server) deleteItem(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		app, err := appOfItem(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		if !mayChange(app, callerOf(r)) {
			return fault.New(fault.Forbidden, "The caller may not delete the item of the app %q.", app.ID)
		}
		if err := leaveCollections(tx, app.ID); err != nil {
			return err
		}
		app.ItemID = ""
		return state.Apps.Put(tx, app.ID, app)
	})
}

// listPublishedItems is GET /api/v1/items/{id}/publisheditems: the items of the apps that were published from this one.
func (s *Server) listPublishedItems(w http.ResponseWriter, r *http.Request) error {
	return s.answerItems(w, r, func(tx *state.Tx) (func(state.App) bool, error) {
		source, err := appOfItem(tx, chi.URLParam(r, "id"))
		return func(a state.App) bool { return a.OriginAppID == source.ID }, err
	})
}

// wantsType reads the filter resourceType: names at commas, each with subtypes in brackets. Apps here have the empty
// subtype.
func wantsType(asked, subtype string) (bool, error) {
	if strings.ContainsAny(asked, "[]") && subtype != "" {
		return false, fault.New(fault.Invalid, "Either resourceSubType or brackets in resourceType are given, not both.")
	}
	if subtype != "" && !slices.Contains(strings.Split(subtype, ","), "") {
		return false, nil
	}
	if asked == "" {
		return true, nil
	}
	rest, found := strings.CutPrefix(asked, "app")
	if !found {
		_, rest, found = strings.Cut(asked, ",app")
	}
	inner, brackets := strings.CutPrefix(rest, "[")
	if !brackets {
		return found && (rest == "" || rest[0] == ','), nil
	}
	inner, _, _ = strings.Cut(inner, "]")
	return slices.Contains(strings.Split(inner, ","), ""), nil
}
