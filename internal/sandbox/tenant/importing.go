package tenant

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// importRequest is the query of POST /api/v1/apps/import.
type importRequest struct {
	replace                                bool // mode autoreplace
	noData                                 bool // the data of a replaced app stays
	appID, fileID, name, fallback, spaceID string
}

// maxName bounds the name of an app, in characters.
const maxName = 512

// postImport is POST /api/v1/apps/import (qlik-cloud-api.md section 3): the bytes come by fileId or as the body.
func (s *Server) postImport(w http.ResponseWriter, r *http.Request) error {
	who := callerOf(r)
	request, err := readImport(r, who)
	if err != nil {
		return err
	}
	upload, err := s.importedBytes(w, r, request)
	if err != nil {
		return err
	}
	if request.fileID == "" {
		defer s.contents.Discard(upload.ID) //nolint:errcheck // what stays is swept at the next start
	}
	app, err := s.importUpload(who, request, upload)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(app, who))
	return nil
}

func readImport(r *http.Request, who caller) (importRequest, error) {
	query := r.URL.Query()
	request := importRequest{appID: query.Get("appId"), fileID: query.Get("fileId"), name: strings.TrimSpace(query.Get("name")),
		fallback: strings.TrimSpace(query.Get("fallbackName")), spaceID: query.Get("spaceId")}
	request.noData = query.Get("NoData") == "true"
	switch mode := strings.ToLower(query.Get("mode")); mode { // a second mode is ignored (section 8)
	case "", "new":
	case "autoreplace":
		request.replace = true
	default:
		return request, fault.New(fault.Invalid, "mode must be new or autoreplace, not %q.", mode)
	}
	return request, request.check(who)
}

func (i importRequest) check(who caller) error {
	switch {
	case i.replace && i.appID == "" && who.Issuer != "":
		return fault.New(fault.Invalid, "mode=autoreplace needs the appId by which the app is found again.")
	case len(i.appID) > 128 || strings.ContainsFunc(i.appID, isControl):
		return fault.New(fault.Invalid, "appId is longer than 128 bytes or has characters that do not print.")
	case len([]rune(i.name)) > maxName || len([]rune(i.fallback)) > maxName:
		return fault.New(fault.Invalid, "The name of an app has %d characters at most.", maxName)
	}
	return nil
}

// importedBytes finds the finished upload, or takes the body as one.
func (s *Server) importedBytes(w http.ResponseWriter, r *http.Request, request importRequest) (state.Upload, error) {
	if request.fileID == "" {
		upload, err := s.newUpload(callerOf(r), "", "")
		if err != nil {
			return upload, err
		}
		upload, err = s.storeUpload(upload, http.MaxBytesReader(w, r.Body, maxDirectImport))
		return upload, brokenOff(r, err)
	}
	upload, err := s.findUpload(callerOf(r), request.fileID)
	if err == nil && !upload.Complete() {
		err = fault.New(fault.Invalid, "The upload %q is not complete.", request.fileID)
	}
	return upload, err
}

// brokenOff tells a body that ended early, or stood still, from a fault of ours.
func brokenOff(r *http.Request, err error) error {
	if err != nil && r.Context().Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNRESET) {
		return fault.Wrap(err, fault.Invalid, "The body broke off.")
	}
	return err
}

// importUpload makes an app of an upload, or gives an app found by its key the new content: either wholly or not.
func (s *Server) importUpload(who caller, request importRequest, upload state.Upload) (app state.App, err error) {
	header, isApp, err := s.contents.ReadHeader(upload.ID)
	if err != nil {
		return app, err
	}
	if !isApp {
		return app, fault.New(fault.Invalid, "The file is not an app: it does not begin as a .qvf file does.")
	}
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	if err := s.contents.Keep(upload.ID, upload.SHA256); err != nil {
		return app, err
	}
	var before string
	err = s.db.Write(func(tx *state.Tx) error {
		if app, err = s.appFor(tx, who, request); err != nil {
			return err
		}
		before = app.SHA256
		s.fill(&app, request, header, upload)
		if err := checkAppSize(tx, upload.Size); err != nil {
			return err
		}
		if err := s.countImport(tx); err != nil {
			return err
		}
		if err := state.Apps.Put(tx, app.ID, app); err != nil {
			return err
		}
		if before == "" {
			return s.happened(tx, who.ID, appCreated, app, created("import", app))
		}
		return s.happened(tx, who.ID, appDataUpdated, app, nil)
	})
	return app, errors.Join(err, s.dropUnused(before, upload.SHA256))
}

// checkAppSize holds a file against the plan; 413 is how an import says that an app is too large (section 6).
func checkAppSize(tx *state.Tx, size int64) error {
	plan, err := currentPlan(tx)
	if err == nil && plan.UploadSize != noLimit && size > plan.UploadSize {
		err = refuse(http.StatusRequestEntityTooLarge, "The app has %d bytes, and this tenant's plan allows %d.", size, plan.UploadSize)
	}
	return err
}

// appFor gives the app that the import replaces, or a new one. An app is found again by the appId of its import alone, as
// the contract has it: which key signed the import does not matter.
func (s *Server) appFor(tx *state.Tx, who caller, request importRequest) (state.App, error) {
	if !request.replace || request.appID == "" {
		return s.newOwned(tx, who, request.spaceID)
	}
	app, found, err := state.Apps.First(tx, state.BySource, sourceOf(who, request.appID))
	switch {
	case err != nil:
		return state.App{}, err
	case !found:
		return s.newReplaceable(tx, who, request)
	case !mayChange(app, who):
		return state.App{}, fault.New(fault.Forbidden, "The app with the appId %q is somebody else's.", request.appID)
	}
	app.Issuer = who.Issuer
	return app, nil
}

// sourceOf is what an app is found again by. What users import never meets what a client-managed site distributes.
func sourceOf(who caller, appID string) string {
	if who.Issuer == "" {
		return "user\x00" + appID
	}
	return appID
}

// newOwned makes an app of the caller, in a shared space or in none.
func (s *Server) newOwned(tx *state.Tx, who caller, spaceID string) (state.App, error) {
	if err := checkSharedSpace(tx, spaceID); err != nil {
		return state.App{}, err
	}
	if err := mayAct(tx, who, spaceID, editingRoles); err != nil {
		return state.App{}, err
	}
	return s.newApp(func(a *state.App) { a.OwnerID, a.SpaceID = who.ID, spaceID }), nil
}

func (s *Server) newApp(set func(*state.App)) state.App {
	app := state.App{ID: randomGUID(), ItemID: randomHex(), Created: s.now().UTC()}
	set(&app)
	return app
}

// newReplaceable makes an app that the next import with its appId replaces: staged, without owner and space, for a
// client-managed site, and one of his own for a user. It gets the appId as its id when that is a GUID and free in this
// tenant.
func (s *Server) newReplaceable(tx *state.Tx, who caller, request importRequest) (app state.App, err error) {
	if who.Issuer != "" {
		app = s.newApp(func(a *state.App) { a.Distributed, a.Issuer = true, who.Issuer })
	} else if app, err = s.newOwned(tx, who, request.spaceID); err != nil {
		return app, err
	}
	app.SourceID = sourceOf(who, request.appID)
	wanted := strings.ToLower(request.appID)
	if _, taken, err := state.Apps.Get(tx, wanted); err != nil || taken || !isGUID(wanted) {
		return app, err
	}
	app.ID = wanted
	return app, nil
}

// fill sets what an import brings. A replaced app keeps its id, space and description.
func (s *Server) fill(app *state.App, request importRequest, header content.Header, upload state.Upload) {
	app.Name = cmp.Or(request.name, request.fallback, cut(header.Title), app.Name, "Untitled")
	if !request.noData || app.SHA256 == "" {
		app.LastReload = header.LastReload
	}
	app.SectionAccess = header.SectionAccess || slices.ContainsFunc([]string{request.name, request.fallback, header.Title, upload.Filename}, saysSectionAccess)
	app.ItemID = cmp.Or(app.ItemID, randomHex())
	app.SHA256, app.Size, app.Modified = upload.SHA256, upload.Size, s.now().UTC()
}

var sectionAccess = regexp.MustCompile(`(?i)section[ _-]access`)

// saysSectionAccess finds the words by which a rehearsal asks for an app with section access. What a real file says
// lies in its compressed script, which the sandbox does not read.
func saysSectionAccess(text string) bool { return sectionAccess.MatchString(text) }

// cut keeps a title from a file within the bound of names.
func cut(title string) string {
	runes := []rune(strings.TrimSpace(title))
	return string(runes[:min(len(runes), maxName)])
}

// dropUnused removes those contents that no app has any more. The caller holds Commit.
func (s *Server) dropUnused(sums ...string) error {
	used := map[string]bool{"": true}
	err := s.db.Read(func(tx *state.Tx) error {
		for _, sum := range sums {
			used[sum] = used[sum] || state.Apps.CountIn(tx, state.BySum, sum+"\x00") > 0
		}
		return nil
	})
	for _, sum := range sums {
		if err == nil && !used[sum] {
			err = s.contents.Drop(sum)
		}
	}
	return err
}
