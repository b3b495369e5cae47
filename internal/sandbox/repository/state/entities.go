package state

import (
	"encoding/json"
	"strings"
)

// Stream is where apps are published to.
type Stream struct {
	Base

	CustomProperties []PropertyValue `json:"customProperties"`
	Owner            UserRef         `json:"owner"`
	Name             string          `json:"name"`
	Tags             []Ref           `json:"tags"`
	Privileges       []string        `json:"privileges"`
	SchemaPath       string          `json:"schemaPath"`
}

// Tag is a word that is put on entities.
type Tag struct {
	Base

	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
	SchemaPath string   `json:"schemaPath"`
}

// Definition is a custom property.
type Definition struct {
	Base

	Name         string   `json:"name"`
	ValueType    string   `json:"valueType"`
	Description  string   `json:"description"`
	ChoiceValues []string `json:"choiceValues"` // empty: any value
	ObjectTypes  []string `json:"objectTypes"`  // App, Stream, ...
	Privileges   []string `json:"privileges"`
	SchemaPath   string   `json:"schemaPath"`
}

// Attribute is one of a user, such as a group.
type Attribute struct {
	ID             string `json:"id"`
	AttributeType  string `json:"attributeType"`
	AttributeValue string `json:"attributeValue"`
	ExternalID     string `json:"externalId"`
}

// User is a person or a service of the site.
type User struct {
	Base

	CustomProperties  []PropertyValue `json:"customProperties"`
	UserID            string          `json:"userId"`
	UserDirectory     string          `json:"userDirectory"`
	Name              string          `json:"name"`
	Roles             []string        `json:"roles"`
	Attributes        []Attribute     `json:"attributes"`
	Inactive          bool            `json:"inactive"`
	RemovedExternally bool            `json:"removedExternally"`
	Blacklisted       bool            `json:"blacklisted"`
	DeleteProhibited  bool            `json:"deleteProhibited"`
	Tags              []Ref           `json:"tags"`
	Privileges        []string        `json:"privileges"`
	SchemaPath        string          `json:"schemaPath"`
}

// Account names the user as logs do: DIRECTORY\id.
func (u User) Account() string { return u.UserDirectory + `\` + u.UserID }

// Ref gives the user as other entities name it.
func (u User) Ref() UserRef {
	return UserRef{ID: u.ID, UserID: u.UserID, UserDirectory: u.UserDirectory, Name: u.Name}
}

// Rule is a system rule (rule-language.md section 4).
type Rule struct {
	Base

	Category             string      `json:"category"`
	Subcategory          string      `json:"subcategory"`
	Type                 string      `json:"type"`
	Name                 string      `json:"name"`
	Rule                 string      `json:"rule"`
	ResourceFilter       string      `json:"resourceFilter"`
	Actions              int         `json:"actions"` // bits; Distribute is 1024
	Comment              string      `json:"comment"`
	Disabled             bool        `json:"disabled"`
	RuleContext          RuleContext `json:"ruleContext"`
	SeedID               string      `json:"seedId"`
	Version              int         `json:"version"`
	Tags                 []Ref       `json:"tags"`
	Privileges           []string    `json:"privileges"`
	ImpactSecurityAccess bool        `json:"impactSecurityAccess"`
	SchemaPath           string      `json:"schemaPath"`
}

// RuleContext says where a rule counts.
type RuleContext int

// RuleContexts are the names of all, by their number, as public clients send them.
var RuleContexts = []string{"BothQlikSenseAndQMC", "QlikSenseOnly", "QMCOnly"}

// Names serves filters.
func (RuleContext) Names() []string { return RuleContexts }

// UnmarshalJSON takes the name or the number, as QRS does with enums.
func (c *RuleContext) UnmarshalJSON(text []byte) error { return unmarshalEnum(text, c, RuleContexts) }

// unmarshalEnum finds the number of the name in text, or takes the number that stands there.
func unmarshalEnum[T ~int](text []byte, to *T, names []string) error {
	for i, name := range names {
		if strings.EqualFold(`"`+name+`"`, string(text)) {
			*to = T(i)
			return nil
		}
	}
	var number int
	err := json.Unmarshal(text, &number)
	*to = T(number)
	return err
}

// Change is one line of the log that /qrs/notification/changes reads.
type Change struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	ChangeType int    `json:"changeType"`
	ChangeDate Date   `json:"changeDate"`
	Object     any    `json:"object"` // filled in when it is read
	SchemaPath string `json:"schemaPath"`
}
