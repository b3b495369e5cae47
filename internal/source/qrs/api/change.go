package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// PublishApp puts an unpublished app into a stream, in place; an empty name keeps its name.
func (c *Client) PublishApp(ctx context.Context, id, streamID, name string) (App, error) {
	return c.app(ctx, call{name: "publish the app", right: "the actions Read and Publish on the app and the stream", method: http.MethodPut, named: true,
		path: "app/" + url.PathEscape(id) + "/publish", query: query{"stream", streamID, "name", name}})
}

// UpdateApp reads the whole app, has it changed, and puts it back with the modifiedDate that it was read with: when somebody else did so
// in between, the error is of the Kind Conflict. An error of change comes back as it is, and nothing is put.
func (c *Client) UpdateApp(ctx context.Context, id string, change func(entity map[string]any) error) (App, error) {
	var whole raw
	path := "app/" + url.PathEscape(id)
	if err := c.fetch(ctx, getOne(path), &whole); err != nil {
		return App{}, err
	}
	if err := change(whole); err != nil {
		return App{}, err
	}
	return c.app(ctx, call{name: "change the app", right: "the actions Read and Update on the app", method: http.MethodPut, named: true, path: path, body: map[string]any(whole)})
}

// raw is an entity with all that it has, also what we do not know. Numbers stay as they were written.
type raw map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (r *raw) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode((*map[string]any)(r))
}
