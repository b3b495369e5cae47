package tenant

import (
	"cmp"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// nxAppBody is the NxApp of qlik-cloud-api.md section 3.
type nxAppBody struct {
	Attributes appAttributes `json:"attributes"`
	Privileges []string      `json:"privileges"`
	Create     []creatable   `json:"create"`
}

type creatable struct {
	Resource  string `json:"resource"`
	CanCreate bool   `json:"canCreate"`
}

// appAttributes are the attributes of an app; items carry them too.
type appAttributes struct {
	ID                string            `json:"id"`
	Name              string            `json:"name"`
	Description       string            `json:"description"`
	Thumbnail         string            `json:"thumbnail"`
	LastReloadTime    string            `json:"lastReloadTime"`
	CreatedDate       string            `json:"createdDate"`
	ModifiedDate      string            `json:"modifiedDate"`
	Owner             string            `json:"owner"`
	OwnerID           string            `json:"ownerId"`
	DynamicColor      string            `json:"dynamicColor"`
	Published         bool              `json:"published"`
	PublishTime       string            `json:"publishTime"`
	Custom            map[string]string `json:"custom"`
	HasSectionAccess  bool              `json:"hasSectionAccess"`
	Encrypted         bool              `json:"encrypted"`
	OriginAppID       string            `json:"originAppId"`
	IsDirectQueryMode bool              `json:"isDirectQueryMode"`
	Usage             string            `json:"usage"`
	SpaceID           string            `json:"spaceId,omitempty"` // scripts of Qlik take its presence for a space
	ResourceType      string            `json:"_resourcetype"`
}

func attributesOf(a state.App) appAttributes {
	body := appAttributes{ID: a.ID, Name: a.Name, Description: a.Description, LastReloadTime: a.LastReload,
		CreatedDate: stamp(a.Created), ModifiedDate: stamp(a.Modified), OwnerID: a.OwnerID, Published: a.Distributed,
		PublishTime: stamp(a.PublishTime), Custom: map[string]string{}, OriginAppID: a.OriginAppID,
		Usage: cmp.Or(a.Usage, "ANALYTICS"), HasSectionAccess: a.SectionAccess, SpaceID: a.SpaceID, ResourceType: "app"}
	if a.OwnerID != "" {
		body.Owner = `qlikbot\` + a.OwnerID
	}
	return body
}

func nxApp(a state.App, who caller) nxAppBody {
	body := nxAppBody{Attributes: attributesOf(a), Privileges: []string{"read"}, Create: []creatable{}}
	if !mayChange(a, who) {
		return body
	}
	body.Privileges = append(body.Privileges, "update", "delete")
	if who.Issuer == "" {
		body.Privileges = append(body.Privileges, "change_space", "change_owner")
	}
	if a.Distributed || a.IsPublished() { // not to be worked on in the cloud
		return body
	}
	body.Privileges = append(body.Privileges, "reload", "export", "duplicate", "source")
	for _, resource := range []string{"sheet", "bookmark", "snapshot", "story", "dimension", "measure", "masterobject", "variable"} {
		body.Create = append(body.Create, creatable{resource, true})
	}
	return body
}

// mayChange reports whether the caller may change or delete an app: an administrator, its owner, or, for a distributed
// app, the client-managed side.
func mayChange(a state.App, who caller) bool {
	return who.Admin || a.OwnerID == who.ID || a.Distributed && who.Issuer != ""
}
