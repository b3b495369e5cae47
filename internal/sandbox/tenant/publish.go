package tenant

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// postPublish is POST /api/v1/apps/{id}/publish: a copy of a personal or shared app in a managed space.
func (s *Server) postPublish(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		SpaceID, OriginAppID string
		Attributes           attributes
		MoveApp              bool
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	var published state.App
	err := s.db.Write(func(tx *state.Tx) error {
		source, err := publishable(tx, callerOf(r), chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		if err := checkManagedSpace(tx, body.SpaceID); err != nil {
			return err
		}
		if err := mayAct(tx, callerOf(r), body.SpaceID, publishingRoles); err != nil {
			return err
		}
		published = s.publishedFrom(source, body.MoveApp)
		published.SpaceID, published.OriginAppID = body.SpaceID, cmp.Or(body.OriginAppID, published.OriginAppID)
		if err := body.Attributes.apply(&published); err != nil {
			return err
		}
		if err := state.Apps.Put(tx, published.ID, published); err != nil {
			return err
		}
		if !body.MoveApp {
			err = s.happened(tx, callerOf(r).ID, appCreated, published, created("publish", published))
		}
		return errors.Join(err, s.happened(tx, callerOf(r).ID, appPublished, published, nil))
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(published, callerOf(r)))
	return nil
}

// publishable gives an app that may be published: not staged, and not in a managed space already.
func publishable(tx *state.Tx, who caller, id string) (state.App, error) {
	app, err := oneApp(tx, id)
	switch {
	case err != nil:
		return app, err
	case !mayChange(app, who):
		return app, fault.New(fault.Forbidden, "The caller may not publish the app %q of somebody else.", id)
	case app.Distributed:
		return app, fault.New(fault.Conflict, "The app %q was distributed from a client-managed site. Set its space instead of publishing it.", id)
	case app.IsPublished():
		return app, fault.New(fault.Conflict, "The app %q is published already. Publish the app that it came from again.", id)
	}
	return app, nil
}

// publishedFrom gives the published app: the source itself when it is moved, else a new one with the same content.
func (s *Server) publishedFrom(source state.App, move bool) state.App {
	app := source
	app.PublishTime, app.Modified, app.SourceID = s.now().UTC(), s.now().UTC(), "" // the next import is not published by itself
	if !move {
		app.ID, app.ItemID, app.Created = randomGUID(), randomHex(), s.now().UTC()
		app.OriginAppID = source.ID
	}
	return app
}

// putPublish is PUT /api/v1/apps/{id}/publish: the published app targetId gets the content of the source.
func (s *Server) putPublish(w http.ResponseWriter, r *http.Request) error {
	body := republish{CheckOrigin: true}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	var target state.App
	var before string
	err := s.db.Write(func(tx *state.Tx) error {
		source, err := publishable(tx, callerOf(r), chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		if target, err = body.target(tx, source); err != nil {
			return err
		}
		if err := mayAct(tx, callerOf(r), target.SpaceID, publishingRoles); err != nil {
			return err
		}
		before = target.SHA256
		s.replaceContent(&target, source, body.Data == "target")
		if err := body.Attributes.apply(&target); err != nil {
			return err
		}
		if err := state.Apps.Put(tx, target.ID, target); err != nil {
			return err
		}
		return s.happened(tx, callerOf(r).ID, appDataUpdated, target, map[string]any{reasonOf: "publishreplace"})
	})
	if err != nil {
		return err
	}
	if err := s.dropUnused(before); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(target, callerOf(r)))
	return nil
}

// republish is the body of PUT publish; checkOriginAppId counts as true when it is not given (section 3).
type republish struct {
	TargetID    string     `json:"targetId"`
	Attributes  attributes `json:"attributes"`
	CheckOrigin bool       `json:"checkOriginAppId"`
	Data        string     `json:"data"` // source (the default) or target
}

func (b republish) target(tx *state.Tx, source state.App) (state.App, error) {
	target, err := oneApp(tx, b.TargetID)
	switch {
	case err != nil:
		return target, err
	case !slices.Contains([]string{"", "source", "target"}, b.Data):
		return target, fault.New(fault.Invalid, "data is source or target, not %q.", b.Data)
	case !target.IsPublished():
		return target, fault.New(fault.Invalid, "The target %q is not a published app.", b.TargetID)
	case b.CheckOrigin && target.OriginAppID != source.ID:
		return target, fault.New(fault.Conflict,
			"The target %q was published from another app. Send checkOriginAppId false to replace it all the same.", b.TargetID)
	}
	return target, nil
}

// replaceContent gives the target the bytes of the source. They cannot be taken apart here: data "target" keeps only the
// time of the target's last reload.
func (s *Server) replaceContent(target *state.App, source state.App, keepData bool) {
	target.SHA256, target.Size, target.SectionAccess = source.SHA256, source.Size, source.SectionAccess
	if !keepData {
		target.LastReload = source.LastReload
	}
	target.OriginAppID = source.ID
	target.PublishTime, target.Modified = s.now().UTC(), s.now().UTC()
}
