package repository

import (
	"bytes"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// What a new site has, so that there is something to try at once. The directories INTERNAL are a real site's own.
var (
	firstUsers = []state.User{
		{UserDirectory: "INTERNAL", UserID: "sa_repository", Name: "sa_repository", Roles: []string{"RootAdmin"}, DeleteProhibited: true},
		{UserDirectory: "INTERNAL", UserID: "sa_api", Name: "sa_api", Roles: []string{"RootAdmin"}, DeleteProhibited: true},
		{UserDirectory: "INTERNAL", UserID: "sa_scheduler", Name: "sa_scheduler", Roles: []string{"RootAdmin"}, DeleteProhibited: true},
		{UserDirectory: "SERVICE", UserID: "skyferry", Name: "Skyferry", Roles: []string{"Exporter"}},
		{UserDirectory: "ACME", UserID: "mruiz", Name: "Maria Ruiz", Roles: []string{"ContentAdmin"}},
		{UserDirectory: "ACME", UserID: "jberg", Name: "Jonas Berg"},
		{UserDirectory: "ACME", UserID: "tokafor", Name: "Tobi Okafor"},
	}
	firstStreams     = []string{"Everyone", "Finance", "Sales", "HR"}
	firstTags        = []string{"closing", "draft"}
	firstDefinitions = []state.Definition{
		{Name: "Cloud", Description: "Tenants that get the app", ChoiceValues: []string{"eu", "us"}, ObjectTypes: []string{"App", "Stream"}},
		{Name: "Region", ChoiceValues: []string{"Americas", "APAC", "EMEA"}, ObjectTypes: []string{"App"}},
	}
	firstRules = []state.Rule{
		{Name: "Stream", Type: "Default", Actions: 34, ResourceFilter: "App_*", Rule: `(resource.resourcetype = "App" and resource.stream.HasPrivilege("read"))`},
		{Name: "ReaderOfEverything", Actions: 18, ResourceFilter: "App_*", Rule: `((user.name="Skyferry"))`, Comment: "Reads and exports"},
		{Name: "Finance to eu", Actions: 1024, ResourceFilter: "App_*", Rule: `((subject.name="eu" and resource.stream.name="Finance"))`, Comment: "Distributes the closing"},
		{Name: "By custom property", Actions: 1024, ResourceFilter: "App_*", Rule: `((subject.name=resource.@Cloud))`},
		{Name: "Distribute without a subject", Actions: 1024, Disabled: true, ResourceFilter: "App_*", Rule: `((resource.@Cloud.Empty()))`},
	}
	firstApps = []firstApp{
		{name: "Cash flow forecast", owner: "mruiz", stream: "Finance", size: 60_000, reloaded: 2 * time.Hour, cloud: "eu", tag: "closing"},
		{name: "Group P&L", owner: "mruiz", stream: "Finance", size: 90_000, reloaded: time.Hour, cloud: "us"},
		{name: "Sales overview", owner: "jberg", stream: "Sales", size: 75_000, reloaded: 5 * time.Hour, cloud: "eu"},
		{name: "Pipeline by region", owner: "jberg", stream: "Sales", size: 40_000, reloaded: 26 * time.Hour},
		{name: "Welcome", owner: "sa_repository", stream: "Everyone", size: 12_000},
		{name: "Headcount plan", owner: "tokafor", size: 30_000, reloaded: 70 * time.Hour},
		{name: "Store traffic", owner: "jberg", size: 25_000, tag: "draft"},
	}
)

type firstApp struct {
	name, owner, stream, cloud, tag string
	size                            int
	reloaded                        time.Duration
}

// furnished is what the first apps need of the first site.
type furnished struct {
	users         map[string]state.User // by user id
	streams, tags map[string]string     // ids by name
	cloud         string                // id of the custom property
}

// furnish fills a new site.
func (s *Server) furnish() error {
	f := furnished{map[string]state.User{}, map[string]string{}, map[string]string{}, ""}
	err := s.act(caller{user: firstUsers[0], acts: true}, f.addUsers)
	if err != nil {
		return err
	}
	err = s.act(callerFor(f.users["sa_repository"]), func(a *act) error {
		if err := f.addStreamsAndTags(a); err != nil {
			return err
		}
		return f.addDefinitionsAndRules(a)
	})
	for i := 0; err == nil && i < len(firstApps); i++ {
		err = s.addFirstApp(firstApps[i], byte(i+1), f)
	}
	return err
}

func (f *furnished) addUsers(a *act) error {
	for _, u := range firstUsers {
		made, err := adding(a, userKind, u)
		if err != nil {
			return err
		}
		f.users[u.UserID] = made
	}
	return nil
}

func (f *furnished) addStreamsAndTags(a *act) error {
	for _, name := range firstStreams {
		made, err := adding(a, streamKind, state.Stream{Name: name})
		if err != nil {
			return err
		}
		f.streams[name] = made.ID
	}
	for _, name := range firstTags {
		made, err := adding(a, tagKind, state.Tag{Name: name})
		if err != nil {
			return err
		}
		f.tags[name] = made.ID
	}
	return nil
}

func (f *furnished) addDefinitionsAndRules(a *act) error {
	for _, d := range firstDefinitions {
		made, err := adding(a, definitionKind, d)
		if err != nil {
			return err
		}
		if made.Name == "Cloud" {
			f.cloud = made.ID
		}
	}
	for _, rule := range firstRules {
		if _, err := adding(a, ruleKind, rule); err != nil {
			return err
		}
	}
	return nil
}

// adding makes an entity as POST does.
func adding[T any](a *act, k kind[T], body T) (entity T, err error) {
	k.base(&entity).ID = uuid.NewString()
	if err := k.edit(a, &entity, body); err != nil {
		return entity, err
	}
	if user, is := any(&entity).(*state.User); is {
		given, _ := any(body).(state.User)
		user.DeleteProhibited = given.DeleteProhibited
	}
	return k.put(a, entity)
}

func (s *Server) addFirstApp(f firstApp, seed byte, have furnished) error {
	payload := make([]byte, f.size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(payload) // never fails, by its contract
	var file bytes.Buffer
	reloaded := time.Time{}
	if f.reloaded > 0 {
		reloaded = s.now().Add(-f.reloaded)
	}
	if err := content.WriteQVF(&file, f.name, reloaded, payload); err != nil {
		return err
	}
	got, err := s.receive(&file)
	defer s.discard(got)
	if err != nil {
		return err
	}
	return s.act(callerFor(have.users[f.owner]), func(a *act) error {
		app, err := a.upload(got, "")
		if err != nil {
			return err
		}
		if f.tag != "" {
			app.Tags = []state.Ref{{ID: have.tags[f.tag]}}
		}
		if f.cloud != "" {
			value := state.PropertyValue{Value: f.cloud, Definition: state.DefinitionRef{ID: have.cloud}}
			if app.CustomProperties, err = a.properties([]state.PropertyValue{value}, nil, "App"); err != nil {
				return err
			}
		}
		if app, err = appKind.put(a, app); err != nil {
			return err
		}
		if err := a.addSheet(app, "Overview", state.PrivateSheet, app.Owner); err != nil || f.stream == "" {
			return err
		}
		_, err = a.publish(app.ID, have.streams[f.stream], "")
		return err
	})
}
