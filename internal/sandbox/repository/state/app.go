package state

// NoID is what QRS writes where an id is absent.
const NoID = "00000000-0000-0000-0000-000000000000"

// Base is what every entity begins with.
type Base struct {
	ID                 string `json:"id"`
	CreatedDate        Date   `json:"createdDate"`
	ModifiedDate       Date   `json:"modifiedDate"`
	ModifiedByUserName string `json:"modifiedByUserName"`
}

// Ref is a stream or tag as other entities name it. Names are filled in when it is read.
type Ref struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

// UserRef is a user as other entities name it.
type UserRef struct {
	ID            string   `json:"id"`
	UserID        string   `json:"userId"`
	UserDirectory string   `json:"userDirectory"`
	Name          string   `json:"name"`
	Privileges    []string `json:"privileges"`
}

// DefinitionRef is a custom property as its values name it.
type DefinitionRef struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ValueType    string   `json:"valueType"`
	ChoiceValues []string `json:"choiceValues"`
	Privileges   []string `json:"privileges"`
}

// PropertyValue is one value of a custom property.
type PropertyValue struct {
	Base

	Value      string        `json:"value"`
	Definition DefinitionRef `json:"definition"`
	SchemaPath string        `json:"schemaPath"`
}

// App is an app as QRS writes it in full, in this order (qlik-repository-api.md section 3.1).
type App struct {
	Base

	CustomProperties      []PropertyValue `json:"customProperties"`
	Owner                 UserRef         `json:"owner"`
	Name                  string          `json:"name"`
	AppID                 string          `json:"appId"`
	SourceAppID           string          `json:"sourceAppId"`
	TargetAppID           string          `json:"targetAppId"`
	PublishTime           Date            `json:"publishTime"`
	Published             bool            `json:"published"`
	Tags                  []Ref           `json:"tags"`
	Description           string          `json:"description"`
	Stream                *Ref            `json:"stream"`
	FileSize              int64           `json:"fileSize"` // bytes
	LastReloadTime        Date            `json:"lastReloadTime"`
	Thumbnail             string          `json:"thumbnail"`
	SavedInProductVersion string          `json:"savedInProductVersion"`
	MigrationHash         string          `json:"migrationHash"`
	DynamicColor          string          `json:"dynamicColor"`
	AvailabilityStatus    Availability    `json:"availabilityStatus"`
	Privileges            []string        `json:"privileges"`
	SchemaPath            string          `json:"schemaPath"`
}

// BriefApp is an app as lists without "full" have it.
type BriefApp struct {
	ID                    string       `json:"id"`
	Privileges            []string     `json:"privileges"`
	Name                  string       `json:"name"`
	AppID                 string       `json:"appId"`
	PublishTime           Date         `json:"publishTime"`
	Published             bool         `json:"published"`
	Stream                *Ref         `json:"stream"`
	SavedInProductVersion string       `json:"savedInProductVersion"`
	MigrationHash         string       `json:"migrationHash"`
	AvailabilityStatus    Availability `json:"availabilityStatus"`
}

// Brief gives the short form.
func (a App) Brief() BriefApp {
	return BriefApp{ID: a.ID, Privileges: a.Privileges, Name: a.Name, AppID: a.AppID, PublishTime: a.PublishTime, Published: a.Published,
		Stream: a.Stream, SavedInProductVersion: a.SavedInProductVersion, MigrationHash: a.MigrationHash, AvailabilityStatus: a.AvailabilityStatus}
}

// Availability says whether an app can be opened; it is computed for one app at a time only, and 0 elsewhere.
type Availability int

// Availabilities are the names of those that are known, by their number.
var Availabilities = []string{"NotApplicable"}

// Names serves filters.
func (Availability) Names() []string { return Availabilities }

// Stored is an app with what only the sandbox knows of it.
type Stored struct {
	App

	SHA256 string `json:"sha256"` // of its bytes in the content store
	Sheets bool   `json:"sheets"` // the bytes end with a list of sheets, as an export of the sandbox does
}
