package tenant

import (
	"context"
	"net/http"
)

// publication is the body of both publish calls (qlik-cloud-api.md section 3).
type publication struct {
	SpaceID     string `json:"spaceId,omitempty"`
	TargetID    string `json:"targetId,omitempty"`
	Data        string `json:"data"`
	Attributes  naming `json:"attributes"`
	CheckOrigin *bool  `json:"checkOriginAppId,omitempty"`
}

// Publish makes a published copy of an app in a managed space; the copy has an id of its own and names the app as its
// origin. After OutcomeUnknown look in the space for that origin before repeating.
func (c *Client) Publish(ctx context.Context, id, spaceID, name, description string) (App, error) {
	return c.fetchApp(ctx, call{
		name: "publish the app", method: http.MethodPost, url: c.appURL(id, "/publish"), timeout: importTimeout, creates: true,
		payload: publication{SpaceID: spaceID, Data: "source", Attributes: naming{name, description}},
	})
}

// Republish replaces the published app targetID by the app id; the target keeps its id. The origin is not compared,
// because each import has an id of its own. Repeating it does no harm, but one that comes late may undo a newer one.
func (c *Client) Republish(ctx context.Context, id, targetID, name, description string) (App, error) {
	check := false
	return c.fetchApp(ctx, call{
		name: "republish the app", method: http.MethodPut, url: c.appURL(id, "/publish"), timeout: importTimeout, creates: true,
		payload: publication{TargetID: targetID, Data: "source", Attributes: naming{name, description}, CheckOrigin: &check},
	})
}
