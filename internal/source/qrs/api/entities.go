package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/site"
)

// Ref is a stream or tag as other entities name it.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Value is one value of a custom property on an entity.
type Value struct {
	Value      string `json:"value"`
	Definition Ref    `json:"definition"`
}

// App is an app as QRS writes it in full (qlik-repository-api.md section 3.1), as far as the console reads it.
type App struct {
	ID               string  `json:"id"`
	Name             string  `json:"name"`
	Description      string  `json:"description"`
	CreatedDate      Date    `json:"createdDate"`
	ModifiedDate     Date    `json:"modifiedDate"`
	ModifiedBy       string  `json:"modifiedByUserName"`
	Owner            User    `json:"owner"`
	Stream           *Ref    `json:"stream"`
	Published        bool    `json:"published"`
	PublishTime      Date    `json:"publishTime"`
	LastReloadTime   Date    `json:"lastReloadTime"`
	FileSize         int64   `json:"fileSize"` // bytes
	Tags             []Ref   `json:"tags"`
	CustomProperties []Value `json:"customProperties"`
}

// User is a user of the site. As the owner of something it has no attributes.
type User struct {
	ID            string      `json:"id"`
	UserID        string      `json:"userId"`
	UserDirectory string      `json:"userDirectory"`
	Name          string      `json:"name"`
	Attributes    []Attribute `json:"attributes"`
}

// Attribute is what a directory tells of a user.
type Attribute struct {
	Type  string `json:"attributeType"`
	Value string `json:"attributeValue"`
}

// Stream is a stream as QRS writes it in full.
type Stream struct {
	ID               string  `json:"id"`
	Name             string  `json:"name"`
	ModifiedDate     Date    `json:"modifiedDate"`
	Owner            User    `json:"owner"`
	CustomProperties []Value `json:"customProperties"`
}

// Property is a custom property definition.
type Property struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	ModifiedDate Date     `json:"modifiedDate"`
	ChoiceValues []string `json:"choiceValues"`
	ObjectTypes  []string `json:"objectTypes"`
}

// Rule is a system rule in full.
type Rule struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Category       string `json:"category"`
	Subcategory    string `json:"subcategory"`
	Type           string `json:"type"` // Default, ReadOnly, Custom
	Rule           string `json:"rule"` // the condition
	ResourceFilter string `json:"resourceFilter"`
	Actions        int64  `json:"actions"` // bits
	Comment        string `json:"comment"`
	Disabled       bool   `json:"disabled"`
	RuleContext    int    `json:"ruleContext"` // 0 both, 1 hub, 2 QMC
	ModifiedDate   Date   `json:"modifiedDate"`
	ModifiedBy     string `json:"modifiedByUserName"`
	Tags           []Ref  `json:"tags"`
}

// About is what a repository tells of itself.
type About struct {
	BuildVersion string `json:"buildVersion"`
	BuildDate    string `json:"buildDate"` // in no fixed form
}

// entity is what lists consist of.
type entity interface{ key() string }

func (a App) key() string      { return a.ID }
func (u User) key() string     { return u.ID }
func (s Stream) key() string   { return s.ID }
func (p Property) key() string { return p.ID }
func (r Rule) key() string     { return r.ID }

// checked refuses an entity without a GUID: half an answer must not look like a deletion.
func checked(e entity) error {
	if uuid.Validate(e.key()) != nil {
		return fmt.Errorf("an entry has no id: %q", cut(e.key(), maxStart))
	}
	return nil
}

// Site gives the app in the site's vocabulary. QRS knows no generation and no hash of the file, so they stay empty.
func (a App) Site() site.App {
	app := site.App{ID: strings.ToLower(a.ID), Name: a.Name, Description: a.Description, Owner: a.Owner.Site(), Properties: byName(a.CustomProperties),
		Size: max(a.FileSize, 0), LastReload: a.LastReloadTime.Time, Created: a.CreatedDate.Time, Modified: a.ModifiedDate.Time}
	for _, tag := range a.Tags {
		if tag.Name != "" {
			app.Tags = append(app.Tags, tag.Name)
		}
	}
	slices.Sort(app.Tags)
	if a.Published && a.Stream != nil {
		app.Stream = &site.Stream{ID: strings.ToLower(a.Stream.ID), Name: a.Stream.Name}
		app.PublishedAt = a.PublishTime.Time
	}
	return app
}

// Site gives the stream in the site's vocabulary.
func (s Stream) Site() site.Stream {
	return site.Stream{ID: strings.ToLower(s.ID), Name: s.Name, Owner: s.Owner.Site(), Properties: byName(s.CustomProperties)}
}

// Site gives the user in the site's vocabulary.
func (u User) Site() site.Owner {
	owner := site.Owner{ID: strings.ToLower(u.ID), UserID: u.UserID, Directory: u.UserDirectory, Name: u.Name}
	for _, attribute := range u.Attributes {
		if strings.EqualFold(attribute.Type, "email") && owner.Email == "" {
			owner.Email = attribute.Value
		}
	}
	return owner
}

// Site gives the definition in the site's vocabulary.
func (p Property) Site() site.Property {
	is := func(kind string) bool {
		return slices.ContainsFunc(p.ObjectTypes, func(t string) bool { return strings.EqualFold(t, kind) })
	}
	return site.Property{ID: strings.ToLower(p.ID), Name: p.Name, Description: p.Description, Values: p.ChoiceValues, ForApps: is("App"), ForStreams: is("Stream")}
}

// byName gathers values by the names of their properties, in order, so that equal sets are equal lists. What the site does not name, no
// condition can ask for.
func byName(values []Value) map[string][]string {
	all := map[string][]string{}
	for _, v := range values {
		if v.Definition.Name != "" {
			all[v.Definition.Name] = append(all[v.Definition.Name], v.Value)
		}
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}
