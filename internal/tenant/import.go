package tenant

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// File is an app's file that is sent within the import itself. A body that is an io.Seeker can be sent again when the token
// turns out to be refused in the middle. Nobody counts it as sent unless Size bytes were read.
type File struct {
	Body io.Reader
	Size int64
}

// ImportStagedFile is ImportStaged with the file in the call: for small apps, one call instead of three.
func (c *Client) ImportStagedFile(ctx context.Context, appID, name string, f File) (App, error) {
	return c.importFile(ctx, url.Values{"mode": {"autoreplace"}, "appId": {appID}, "name": {name}, "fallbackName": {name}}, f)
}

// ImportNewFile is ImportNew with the file in the call.
func (c *Client) ImportNewFile(ctx context.Context, name, spaceID string, f File) (App, error) {
	query := url.Values{"mode": {"new"}, "name": {name}}
	if spaceID != "" {
		query.Set("spaceId", spaceID)
	}
	return c.importFile(ctx, query, f)
}

// importFile has the watchdog of an upload, but gives the engine as long as any import to answer.
func (c *Client) importFile(ctx context.Context, query url.Values, f File) (App, error) {
	return c.fetchApp(ctx, call{
		name: "import the app", method: http.MethodPost, url: c.api("apps/import", query), daily: true, creates: true,
		header: map[string]string{"Content-Type": "application/octet-stream", "Expect": "100-continue"}, // so that a refusal comes before the bytes
		chunk:  &chunk{src: f.Body, size: f.Size, quiet: c.quiet, answer: importTimeout},
	})
}

// ImportStaged makes or replaces the staged app with the key appID from a finished upload. The mode is not published;
// Qlik's own uploader uses it, and it needs the multi-cloud token (qlik-cloud-api.md sections 3 and 6).
func (c *Client) ImportStaged(ctx context.Context, appID, name, fileID string) (App, error) {
	return c.importApp(ctx, url.Values{
		"mode": {"autoreplace"}, "appId": {appID}, "fileId": {fileID}, "name": {name}, "fallbackName": {name},
	})
}

// ImportNew makes a new app in a space from a finished upload. Each call makes another app: after OutcomeUnknown look for
// the name before repeating.
func (c *Client) ImportNew(ctx context.Context, name, fileID, spaceID string) (App, error) {
	query := url.Values{"mode": {"new"}, "fileId": {fileID}, "name": {name}}
	if spaceID != "" {
		query.Set("spaceId", spaceID)
	}
	return c.importApp(ctx, query)
}

func (c *Client) importApp(ctx context.Context, query url.Values) (App, error) {
	return c.fetchApp(ctx, call{
		name: "import the app", method: http.MethodPost, url: c.api("apps/import", query),
		timeout: importTimeout, daily: true, creates: true,
	})
}
