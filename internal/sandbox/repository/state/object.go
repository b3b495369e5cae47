package state

// Object is an object of an app, such as a sheet (App.Object), in the order in which Qlik's documents write it. A base sheet is
// approved and published, a community sheet published only, a private sheet neither (qlik-repository-api.md section 3.4).
type Object struct {
	Base

	Owner            UserRef  `json:"owner"`
	EngineObjectType string   `json:"engineObjectType"`
	Description      string   `json:"description"`
	Attributes       string   `json:"attributes"`
	ObjectType       string   `json:"objectType"`
	PublishTime      Date     `json:"publishTime"`
	Published        bool     `json:"published"`
	Approved         bool     `json:"approved"`
	Tags             []Ref    `json:"tags"`
	SourceObject     string   `json:"sourceObject"`
	DraftObject      string   `json:"draftObject"`
	Name             string   `json:"name"`
	EngineObjectID   string   `json:"engineObjectId"`
	App              BriefApp `json:"app"`
	ContentHash      string   `json:"contentHash"`
	Size             int64    `json:"size"`
	Privileges       []string `json:"privileges"`
	SchemaPath       string   `json:"schemaPath"`
}

// BriefObject is an object as lists without "full" have it.
type BriefObject struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	EngineObjectID   string   `json:"engineObjectId"`
	ContentHash      string   `json:"contentHash"`
	EngineObjectType string   `json:"engineObjectType"`
	Description      string   `json:"description"`
	ObjectType       string   `json:"objectType"`
	PublishTime      Date     `json:"publishTime"`
	Published        bool     `json:"published"`
	Privileges       []string `json:"privileges"`
}

// Brief gives the short form.
func (o Object) Brief() BriefObject {
	return BriefObject{ID: o.ID, Name: o.Name, EngineObjectID: o.EngineObjectID, ContentHash: o.ContentHash, EngineObjectType: o.EngineObjectType,
		Description: o.Description, ObjectType: o.ObjectType, PublishTime: o.PublishTime, Published: o.Published, Privileges: o.Privileges}
}

// The kinds of sheets, as people name them.
const (
	BaseSheet      = "base"
	CommunitySheet = "community"
	PrivateSheet   = "private"
)

// Kind names the kind of a sheet.
func (o Object) Kind() string {
	switch {
	case o.Approved && o.Published:
		return BaseSheet
	case o.Published:
		return CommunitySheet
	}
	return PrivateSheet
}
