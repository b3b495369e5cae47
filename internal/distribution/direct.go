package distribution

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/skyferry/skyferry/internal/tenant"
)

// direct says whether the file is small enough to go within the import: one call of the costly tier instead of three. What
// takes long on the present line goes resumably, and so does what was sent once without an outcome.
func (r *run) direct() bool {
	direct := r.w.Deployment.Limits.Direct
	return r.d.Size > 0 && r.d.ImportStarted.IsZero() && r.d.Size <= min(direct, r.inTime(direct))
}

// maybeImported says whether a file was sent within an import whose outcome is not known: there is no upload that tells.
func (r *run) maybeImported() bool {
	return !r.d.ImportStarted.IsZero() && r.d.SHA256 != "" && r.d.UploadURL == ""
}

// importWith hands the file over within an import, or opens an upload for it.
func (r *run) importWith(ctx context.Context, send func(tenant.File) (tenant.App, error)) error {
	if err := r.hold(ctx); err != nil {
		return err
	}
	if !r.direct() {
		return r.openUpload(ctx)
	}
	f, err := os.Open(r.held.Path)
	if err != nil {
		return fmt.Errorf("open the exported file: %w", err)
	}
	defer f.Close()
	body, err := newPart(f, newDigest(), r.d.Size)
	if err != nil {
		return err
	}
	if err := r.aboutToImport(ctx); err != nil {
		return err
	}
	app, err := send(tenant.File{Body: sealed{body, r.d.Size, r.d.SHA256}, Size: r.d.Size})
	if err != nil {
		return r.directFault(ctx, err)
	}
	r.d.Uploaded = r.d.Size
	r.a.Bytes += r.d.Size
	return r.learn(ctx, app)
}

// directFault knows faults of the file itself: of such a body the tenant never got the end, so it imported nothing.
func (r *run) directFault(ctx context.Context, err error) error {
	if _, ok := asTenant(err); ok {
		return r.importFault(ctx, err)
	}
	if failed := r.notImported(ctx, err); failed != nil {
		return failed
	}
	if errors.Is(err, errChanged) {
		return r.changed(ctx)
	}
	return err
}

var errChanged = errors.New("the exported file has changed on disk")

// sealed is a whole file that keeps its end back when the bytes are not those that were exported, so that no tenant ever gets
// such a file whole.
type sealed struct {
	*part

	size   int64
	sha256 string
}

// Read implements io.Reader.
func (s sealed) Read(b []byte) (int, error) {
	n, err := s.part.Read(b)
	if s.now.n >= s.size && s.now.String() != s.sha256 {
		return 0, errChanged
	}
	return n, err
}
