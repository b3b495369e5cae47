package api

import (
	"context"
	"encoding/json"
	"net/http"
)

// handle is {"value": "<guid>"} as it is seen, or the bare text as it is documented (qlik-repository-api.md section 2.1).
type handle string

// UnmarshalJSON implements json.Unmarshaler.
func (h *handle) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, (*string)(h)) == nil {
		return nil
	}
	var object struct{ Value string }
	err := json.Unmarshal(raw, &object) //nolint:musttag // the name is matched in any case
	*h = handle(object.Value)
	return err
}

// Subscribe lets the repository call an address at each change of a type ("App", "Stream", ...). Subscriptions are gone when it restarts.
func (c *Client) Subscribe(ctx context.Context, typeName, callback string) (string, error) {
	var h handle
	k := call{name: "subscribe to changes", right: "the action Read on " + typeName + "_*", method: http.MethodPost, path: "notification", query: query{"name", typeName}, body: callback}
	err := c.fetch(ctx, k, &h)
	if err == nil && h == "" {
		err = &Error{Call: k.name, Kind: BadAnswer, Status: http.StatusCreated, Said: "The answer has no handle.", Remedy: "The site is looked at from time to time instead."}
	}
	return string(h), err
}

// Unsubscribe ends a subscription. One that is gone already is no error.
func (c *Client) Unsubscribe(ctx context.Context, handle string) error {
	err := c.fetch(ctx, call{name: "end a subscription", method: http.MethodDelete, named: true, path: "notification", query: query{"handle", handle}}, nil)
	if KindOf(err) == NotFound {
		return nil
	}
	return err
}
