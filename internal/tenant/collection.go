package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// publicCollection is the type of collections that are tags: their names are unique in a tenant (qlik-cloud-api.md section 5).
const publicCollection = "public"

// Collection is a public collection: a tag.
type Collection struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// FindCollection looks for the public collection with this name, in any case, and says whether there is one.
func (c *Client) FindCollection(ctx context.Context, name string) (Collection, bool, error) {
	all, err := list[Collection](ctx, c, "look for the collection", "collections", url.Values{"name": {name}, "type": {publicCollection}})
	if err != nil {
		return Collection{}, false, err
	}
	for _, found := range all {
		if strings.EqualFold(found.Name, name) {
			return found, true, nil
		}
	}
	return Collection{}, false, nil
}

// CreateCollection makes a public collection. A name that is taken is Refused with Status 409.
func (c *Client) CreateCollection(ctx context.Context, name string) (Collection, error) {
	k := call{
		name: "make the collection", method: http.MethodPost, url: c.api("collections", nil), creates: true,
		payload: map[string]string{"name": name, "type": publicCollection},
	}
	var made Collection
	if err := c.fetch(ctx, k, &made); err != nil {
		return Collection{}, err
	}
	if made.ID == "" {
		return Collection{}, k.bad(answer{status: http.StatusOK}, "it describes no collection")
	}
	return made, nil
}

// AddToCollection puts an item into a collection. One that is in it already is Refused with Status 409.
func (c *Client) AddToCollection(ctx context.Context, collectionID, itemID string) error {
	_, _, err := c.do(ctx, call{
		name: "add the app to the collection", method: http.MethodPost, url: c.collectionItems(collectionID, ""),
		payload: map[string]string{"id": itemID},
	})
	return err
}

// RemoveFromCollection takes an item out of a collection. One that is not in it is NotFound.
func (c *Client) RemoveFromCollection(ctx context.Context, collectionID, itemID string) error {
	_, _, err := c.do(ctx, call{
		name: "take the app out of the collection", method: http.MethodDelete, url: c.collectionItems(collectionID, "/"+url.PathEscape(itemID)),
	})
	return err
}

func (c *Client) collectionItems(id, tail string) string {
	return c.api("collections/"+url.PathEscape(id)+"/items"+tail, nil)
}
