package qrs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// How long a delivery waits for what.
const (
	windowWait  = 10 * time.Minute // at most: somebody may change the window
	reloadWait  = 15 * time.Second // for the end of the app's own reload
	troubleWait = 30 * time.Second // for a site that does not answer
	goneWait    = time.Minute      // for an app that the site does not show: it may be deleted, or hidden
	changedWait = time.Second      // for an app that has changed meanwhile
)

// Export opens a fresh export of an app, to be read once. It implements distribution.Source. Before, the app is read and taken, so
// that the version of what is known is that of the file; at the end it is read again, and a file of which one cannot say which data
// it holds is no export, unless a reload overtook the one before, too: then it is taken for what was known when it began, and what is
// newer is exported next. A *distribution.NotNow says that it has to wait.
func (c *Connector) Export(ctx context.Context, appID string) (distribution.Export, error) {
	if open, next := c.Connection.Window.Open(c.Now()); !open {
		wait := min(next.Sub(c.Now()), windowWait)
		return distribution.Export{}, c.later(wait, "Exports from the site begin at %s.", next.Format("15:04 MST"))
	}
	x, err := c.exports.begin(ctx, c, appID)
	if err != nil {
		return distribution.Export{}, err
	}
	export, err := c.export(x)
	if err != nil {
		err = x.fault(err)
		x.end()
	}
	return export, err
}

func (c *Connector) export(x *exporting) (distribution.Export, error) {
	app, gone, err := c.readOne(x.ctx, x.id)
	switch {
	case err != nil:
		return distribution.Export{}, c.slow(err)
	case gone:
		return distribution.Export{}, c.hidden(x.id)
	case !app.Published():
		return distribution.Export{}, c.later(reloadWait, "The app is not published any more, or the user %s may not read its stream.", c.user())
	}
	x.of(app)
	running, err := c.Client.ReloadRunning(x.ctx, x.id)
	if err != nil {
		return distribution.Export{}, c.slow(err)
	}
	if running {
		c.exports.queue(app.ID, app.Name, "the end of its reload", c.Now())
		return distribution.Export{}, c.later(reloadWait, "The app is being reloaded at the site.")
	}
	taken, err := c.Store.App(x.ctx, x.id)
	if err != nil {
		return distribution.Export{}, err
	}
	download, err := c.Client.Export(x.ctx, x.id, false)
	if err != nil {
		return distribution.Export{}, err
	}
	x.download = download
	return distribution.Export{ReadCloser: &file{c, x}, Size: download.Size, Version: taken.DataVersion()}, nil
}

// hidden looks whether an app was deleted, and lets its delivery wait until that is known.
func (c *Connector) hidden(id string) error {
	c.told.again([]string{id})
	c.Wake()
	return c.later(goneWait, "The site does not show this app any more. It was deleted, or the user %s may not read it.", c.user())
}

func (c *Connector) user() string {
	if c.Connection.Way == site.ByProxy {
		return "of the JWT"
	}
	return c.Connection.UserDirectory + `\` + c.Connection.UserID
}

// later says that an export has to wait, a little more or less, so that not all come back at once.
func (c *Connector) later(wait time.Duration, why string, args ...any) error {
	return &distribution.NotNow{Why: fmt.Sprintf(why, args...), Wait: time.Duration(float64(wait) * (1 + 0.2*c.Rand()))}
}

// judge makes of a fault of the site what it is for a delivery. While the site cannot be reached, that is no fault of the app.
func (c *Connector) judge(err error) error {
	switch api.KindOf(err) {
	case api.Unreachable, api.Booting, api.TLS, api.Certificate, api.Passphrase, api.SignIn, api.WrongPort, api.NotQRS, api.XSRF, api.Interrupted:
		return c.later(troubleWait, "%s", err.Error())
	}
	return err
}

// slow lets an export wait for a site that is too slow to say what is exported. An export that is too slow itself is another matter.
func (c *Connector) slow(err error) error {
	if api.KindOf(err) == api.Slow {
		return c.later(troubleWait, "%s", err.Error())
	}
	return err
}

// file is the body of an export.
type file struct {
	c *Connector
	x *exporting
}

// Read implements io.Reader. The end is told only when the file is of use: see whole.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.x.download.Read(p)
	f.x.bytes.Add(int64(n))
	if errors.Is(err, io.EOF) {
		err = f.unchanged()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = f.x.fault(err)
	}
	return n, err
}

// unchanged reads the app once more, and gives io.EOF when the file is one of the version that was told.
func (f *file) unchanged() error {
	now, gone, err := f.c.readOne(f.x.ctx, f.x.id)
	switch {
	case err != nil:
		return f.c.slow(err)
	case gone:
		return f.c.hidden(f.x.id)
	case !f.x.whole(now):
		return errChanged
	}
	return io.EOF
}

// Close ends the export.
func (f *file) Close() error {
	f.x.end()
	return nil
}

// sameData says whether two readings of an app are of the same file, and both published.
func sameData(a, b site.App) bool {
	return a.Published() == b.Published() && a.LastReload.Equal(b.LastReload) && a.Size == b.Size && a.PublishedAt.Equal(b.PublishedAt)
}
