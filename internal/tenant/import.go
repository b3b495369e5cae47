package tenant

import (
	"context"
	"net/http"
	"net/url"
)

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
		timeout: importTimeout, creates: true,
	})
}
