package distribution

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// remote is an app in the fake tenant.
type remote struct {
	tenant.App
	content []byte
	key     string    // of a staged app: the site app's id
	shows   time.Time // from then on lists show it
}

// trouble is how a call goes wrong.
type trouble string

const (
	noTrouble  trouble = ""
	busy       trouble = "busy"        // refused, nothing done
	lostAnswer trouble = "lost answer" // done, but the answer is lost
	lostCall   trouble = "lost call"   // not done, and nobody knows
	lateEffect trouble = "late effect" // the answer is lost, and it is done only later
	limited    trouble = "limited"
	spent      trouble = "spent" // of imports: none for eleven hours
	gone       trouble = "gone"
)

// fakeTenant has the public semantics of a tenant: an import of mode new makes another app each time, autoreplace keys by
// app id, publish makes a copy, lists lag behind.
type fakeTenant struct {
	id      string
	now     func() time.Time
	n       int
	uploads map[string]*bytes.Buffer
	sizes   map[string]int64
	apps    map[string]*remote
	spaces  []tenant.Space
	landed
	cut    int  // parts are broken off after so many bytes; 0: none is
	ownIDs bool // staged apps get ids of the tenant's own
	late   []lateCall
	after  time.Duration // so long after its answer a late effect happens
	wrong  func(call string) trouble
	// refuse answers a call with an error instead, before it does anything.
	refuse func(call string) error
	mute   bool // it does not tell when an app was changed
	// firstOrigin: an app that is published over keeps the origin that it had first.
	firstOrigin bool
	other       bool // somebody else makes the next thing, just before it is made
	calls       []string
	imports     int       // that were done
	at          time.Time // when the effect of the present call happens
}

type lateCall struct {
	at time.Time
	do func()
}

const (
	listLag = time.Second
	late    = 3 * time.Second
)

func newFakeTenant(id string, now func() time.Time) *fakeTenant {
	return &fakeTenant{id: id, now: now, uploads: map[string]*bytes.Buffer{}, sizes: map[string]int64{}, apps: map[string]*remote{}, landed: newLanded(), after: late}
}

func (f *fakeTenant) next(kind string) string {
	f.n++
	return fmt.Sprintf("%s-%s-%d", kind, f.id, f.n)
}

// call runs an effect, or lets it go wrong; creates says that a lost answer leaves the outcome unknown.
func (f *fakeTenant) call(name string, creates bool, do func() error) error {
	f.calls = append(f.calls, name)
	f.settle()
	if f.refuse != nil {
		if err := f.refuse(name); err != nil {
			return err
		}
	}
	kind := noTrouble
	if f.wrong != nil {
		kind = f.wrong(name)
	}
	unknown := tenant.Busy
	if creates {
		unknown = tenant.OutcomeUnknown
	}
	switch kind {
	case busy:
		return &tenant.Error{Call: name, Cause: tenant.Busy, Status: 503}
	case limited:
		return &tenant.Error{Call: name, Cause: tenant.RateLimited, Status: 429, RetryAfter: 7 * time.Second}
	case spent:
		return &tenant.Error{Call: name, Cause: tenant.DaySpent, Status: 429, RetryAfter: 11 * time.Hour}
	case gone:
		return &tenant.Error{Call: name, Cause: tenant.NotFound, Status: 404}
	case lostAnswer:
		_ = do()
		return &tenant.Error{Call: name, Cause: unknown, Status: 504}
	case lateEffect:
		f.late = append(f.late, lateCall{f.now().Add(f.after), func() { _ = do() }})
		return &tenant.Error{Call: name, Cause: unknown, Status: 504}
	case lostCall:
		return &tenant.Error{Call: name, Cause: unknown, Status: 504}
	}
	return do()
}

func (f *fakeTenant) settle() {
	var rest []lateCall
	for _, l := range f.late {
		if f.now().Before(l.at) {
			rest = append(rest, l)
			continue
		}
		f.at = l.at
		l.do()
	}
	f.late, f.at = rest, f.now()
}

func missing(name string) error {
	return &tenant.Error{Call: name, Cause: tenant.NotFound, Status: 404}
}

func (f *fakeTenant) TenantID(context.Context) (id string, err error) {
	return f.id, f.call("TenantID", false, func() error { return nil })
}

func (f *fakeTenant) CreateUpload(_ context.Context, _ string, size int64, _ time.Duration) (url string, err error) {
	err = f.call("CreateUpload", false, func() error {
		url = "https://t.example/api/v1/temp-contents/files/" + f.next("file")
		f.uploads[url], f.sizes[url] = &bytes.Buffer{}, size
		return nil
	})
	return url, err
}

func (f *fakeTenant) UploadOffset(_ context.Context, url string) (n int64, err error) {
	err = f.call("UploadOffset", false, func() error {
		b := f.uploads[url]
		if b == nil {
			return missing("UploadOffset")
		}
		n = int64(b.Len())
		return nil
	})
	return n, err
}

func (f *fakeTenant) UploadChunk(_ context.Context, url string, offset int64, body io.Reader, n int64) (next int64, err error) {
	data, err := io.ReadAll(body)
	if err != nil || int64(len(data)) != n {
		return 0, fmt.Errorf("body of %d instead of %d bytes: %w", len(data), n, err)
	}
	err = f.call("UploadChunk", false, func() error {
		b := f.uploads[url]
		switch {
		case b == nil:
			return missing("UploadChunk")
		case int64(b.Len()) != offset:
			return &tenant.Error{Call: "UploadChunk", Cause: tenant.OffsetConflict, Status: 409}
		}
		if f.cut > 0 && len(data) > f.cut {
			b.Write(data[:f.cut])
			return &tenant.Error{Call: "UploadChunk", Cause: tenant.Busy}
		}
		b.Write(data)
		next = int64(b.Len())
		return nil
	})
	return next, err
}

// told is what the tenant says of a file's section access.
func (f *fakeTenant) told(content []byte) *bool {
	if f.silent {
		return nil
	}
	return new(f.restricted[string(content)])
}

// file gives the bytes of a finished upload.
func (f *fakeTenant) file(id string) ([]byte, error) {
	for url, b := range f.uploads {
		if tenant.FileID(url) == id && int64(b.Len()) == f.sizes[url] {
			return bytes.Clone(b.Bytes()), nil
		}
	}
	return nil, missing("import")
}

func (f *fakeTenant) ImportStaged(_ context.Context, appID, name, fileID string) (tenant.App, error) {
	return f.importStaged("ImportStaged", appID, name, func() ([]byte, error) { return f.file(fileID) })
}

func (f *fakeTenant) ImportStagedFile(_ context.Context, appID, name string, file tenant.File) (tenant.App, error) {
	content, err := whole(file)
	if err != nil {
		return tenant.App{}, err
	}
	return f.importStaged("ImportStagedFile", appID, name, func() ([]byte, error) { return content, nil })
}

// whole reads a file that is sent within a call.
func whole(file tenant.File) ([]byte, error) {
	content, err := io.ReadAll(file.Body)
	if err == nil && int64(len(content)) != file.Size {
		err = io.ErrUnexpectedEOF
	}
	return content, err
}

func (f *fakeTenant) importStaged(name, appID, appName string, file func() ([]byte, error)) (app tenant.App, err error) {
	err = f.call(name, true, func() error {
		content, err := file()
		if err != nil {
			return err
		}
		for _, r := range f.apps {
			if r.key == appID {
				f.imports++
				r.content, r.HasSectionAccess, r.Modified = content, f.told(content), f.at
				app = r.App
				return nil
			}
		}
		r := f.imported(appName, content)
		if r.key, r.Published = appID, true; !f.ownIDs {
			delete(f.apps, r.ID)
			r.ID = appID
			f.apps[appID] = r
		}
		app = r.App
		return nil
	})
	return app, err
}

func (f *fakeTenant) imported(name string, content []byte) *remote {
	f.imports++
	return f.add(name, content)
}

func (f *fakeTenant) add(name string, content []byte) *remote {
	r := &remote{App: tenant.App{ID: f.next("app"), Name: name, Created: f.at, Modified: f.at, HasSectionAccess: f.told(content)}, content: content, shows: f.at.Add(listLag)}
	f.apps[r.ID] = r
	return r
}

func (f *fakeTenant) ImportNew(_ context.Context, name, fileID, spaceID string) (tenant.App, error) {
	return f.importNew("ImportNew", name, spaceID, func() ([]byte, error) { return f.file(fileID) })
}

func (f *fakeTenant) ImportNewFile(_ context.Context, name, spaceID string, file tenant.File) (tenant.App, error) {
	content, err := whole(file)
	if err != nil {
		return tenant.App{}, err
	}
	return f.importNew("ImportNewFile", name, spaceID, func() ([]byte, error) { return content, nil })
}

func (f *fakeTenant) importNew(call, name, spaceID string, file func() ([]byte, error)) (app tenant.App, err error) {
	err = f.call(call, true, func() error {
		content, err := file()
		if err != nil {
			return err
		}
		r := f.imported(name, content)
		r.SpaceID, app = spaceID, r.App
		return nil
	})
	return app, err
}

// on runs an effect on an app that must be there.
func (f *fakeTenant) on(name, id string, creates bool, do func(*remote) tenant.App) (app tenant.App, err error) {
	err = f.call(name, creates, func() error {
		r := f.apps[id]
		if r == nil {
			return missing(name)
		}
		app = do(r)
		return nil
	})
	return app, err
}

func (f *fakeTenant) App(_ context.Context, id string) (tenant.App, error) {
	return f.on("App", id, false, func(r *remote) tenant.App {
		app := r.App
		if f.mute {
			app.Modified = time.Time{}
		}
		return app
	})
}

func (f *fakeTenant) SetAttributes(_ context.Context, id, name, description string) (tenant.App, error) {
	return f.on("SetAttributes", id, true, func(r *remote) tenant.App {
		r.Name, r.Description, r.Modified = name, description, f.at
		return r.App
	})
}

func (f *fakeTenant) DeleteApp(_ context.Context, id string) error {
	_, err := f.on("DeleteApp", id, false, func(r *remote) tenant.App {
		delete(f.apps, id)
		return tenant.App{}
	})
	return err
}

func (f *fakeTenant) Publish(_ context.Context, id, spaceID, name, description string) (tenant.App, error) {
	return f.on("Publish", id, true, func(r *remote) tenant.App {
		p := f.add(name, r.content)
		p.Description, p.SpaceID, p.OriginAppID = description, spaceID, id
		return p.App
	})
}

func (f *fakeTenant) Republish(_ context.Context, id, targetID, name, description string) (app tenant.App, err error) {
	err = f.call("Republish", true, func() error {
		r, target := f.apps[id], f.apps[targetID]
		if r == nil || target == nil {
			return missing("Republish")
		}
		target.content, target.Name, target.Description, target.Modified = r.content, name, description, f.at
		if target.HasSectionAccess = r.HasSectionAccess; !f.firstOrigin {
			target.OriginAppID = id
		}
		app = target.App
		return nil
	})
	return app, err
}

func (f *fakeTenant) FindApps(_ context.Context, q tenant.AppFilter) (out []tenant.App, err error) {
	err = f.call("FindApps", false, func() error {
		for _, r := range f.apps {
			if !f.now().Before(r.shows) && (q.Name == "" || r.Name == q.Name) && (q.SpaceID == "" || r.SpaceID == q.SpaceID) {
				out = append(out, r.App)
			}
		}
		return nil
	})
	return out, err
}

func (f *fakeTenant) Space(_ context.Context, id string) (space tenant.Space, err error) {
	err = f.call("Space", false, func() error {
		for _, s := range f.spaces {
			if s.ID == id {
				space = s
				return nil
			}
		}
		return missing("Space")
	})
	return space, err
}

func (f *fakeTenant) FindSpace(_ context.Context, name, kind string) (space tenant.Space, found bool, err error) {
	err = f.call("FindSpace", false, func() error {
		for _, s := range f.spaces {
			if s.Name == name && s.Type == kind {
				space, found = s, true
			}
		}
		return nil
	})
	return space, found, err
}

func (f *fakeTenant) CreateSpace(_ context.Context, name, kind, description string) (space tenant.Space, err error) {
	err = f.call("CreateSpace", true, func() error {
		if f.others() {
			f.spaces = append(f.spaces, tenant.Space{ID: f.next("space"), Name: name, Type: kind, Description: description})
		}
		for _, s := range f.spaces {
			if s.Name == name {
				return &tenant.Error{Call: "CreateSpace", Cause: tenant.Refused, Status: 409}
			}
		}
		space = tenant.Space{ID: f.next("space"), Name: name, Type: kind, Description: description}
		f.spaces = append(f.spaces, space)
		return nil
	})
	return space, err
}
