package distribution

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

const (
	// progressEvery is how often the offset is saved. It is for people to see: whoever goes on asks the tenant for it. A save
	// after each part would let the line rest while the database waits for a disk that is busy with the app itself.
	progressEvery = time.Second
	maxConflicts  = 3 // disagreements about the offset in one run before the delivery retries later
)

// export brings the app's file into the spool. A small one goes within the import, for another the upload is opened.
func (r *run) export(ctx context.Context) error {
	if err := r.wanted(ctx); err != nil {
		return err
	}
	if err := r.mayImport(); err != nil {
		return err
	}
	if err := r.enter(ctx, Exporting); err != nil {
		return err
	}
	if err := r.hold(ctx); err != nil {
		return err
	}
	if err := r.fits(); err != nil {
		return err
	}
	if r.direct() {
		return r.importFile(ctx)
	}
	return r.openUpload(ctx)
}

// hold takes the file from the spool. An upload of other bytes is given up.
func (r *run) hold(ctx context.Context) error {
	if r.held != nil {
		return nil
	}
	held, err := r.e.Spool.Take(ctx, r.d.AppID, r.d.Version, func(ctx context.Context) (Export, error) {
		return r.e.Source.Export(ctx, r.d.AppID)
	})
	if err != nil {
		return spoolError{err}
	}
	r.held = held
	if r.d.SHA256 != held.SHA256 {
		r.dropUpload()
	}
	r.d.Version, r.d.Size, r.d.SHA256 = held.Version, held.Size, held.SHA256
	return nil
}

// exporting lets others have the worker while the site writes the file, and says for how long that has been.
func (r *run) exporting(ctx context.Context, slow *unfinished) (*time.Duration, error) {
	r.d.Message = sentence(slow.Error())
	if err := r.save(ctx); lost(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return new(slow.wait()), nil
}

// release gives the file back and keeps the digest of an upload that goes on in the next slice.
func (r *run) release() {
	r.held.Release()
	if r.digest.n > 0 && r.d.UploadURL != "" && r.d.FileID == "" {
		r.e.digests.keep(r.d.ID, r.digest)
	}
}

// dropUpload forgets what the tenant has got so far: it is gone there, or it is not what we have now.
func (r *run) dropUpload() {
	r.d.UploadURL, r.d.Uploaded, r.d.FileID, r.synced = "", 0, "", false
}

func (r *run) openUpload(ctx context.Context) error {
	if err := r.enter(ctx, Uploading); err != nil {
		return err
	}
	if err := r.safe(ctx); err != nil {
		return err
	}
	if err := r.mine(ctx); err != nil {
		return err
	}
	url, err := r.t.CreateUpload(ctx, r.d.AppID+".qvf", r.d.Size, r.uploadLife())
	if err != nil {
		return err
	}
	r.dropUpload()
	r.d.UploadURL, r.synced = url, true
	return r.save(ctx)
}

// upload sends one part of the file and notes how far it came.
func (r *run) upload(ctx context.Context) error {
	if err := r.hold(ctx); err != nil || r.d.UploadURL == "" {
		return err
	}
	if err := r.sync(ctx); err != nil {
		return r.uploadFault(err)
	}
	if err := r.sendNext(ctx); err != nil {
		return r.uploadFault(err)
	}
	if r.d.FileID == "" && r.e.Now().Sub(r.saved) < progressEvery {
		return nil
	}
	return r.save(ctx)
}

// sendNext sends the next part; when that was the last, it makes sure of the whole.
func (r *run) sendNext(ctx context.Context) error {
	f, err := os.Open(r.held.Path)
	if err != nil {
		return fmt.Errorf("open the exported file: %w", err)
	}
	defer f.Close()
	if r.d.Uploaded < r.d.Size {
		if err := r.send(ctx, f); err != nil {
			return err
		}
		if r.d.Uploaded < r.d.Size {
			return nil
		}
	}
	return r.whole(ctx, f)
}

// whole names the upload for the import once the bytes that were read are those that were exported, and the tenant says
// that it has all of them.
func (r *run) whole(ctx context.Context, f *os.File) error {
	if err := r.hashTo(ctx, f, r.d.Size); err != nil {
		return err
	}
	if r.digest.String() != r.d.SHA256 {
		return r.changed(ctx)
	}
	held, err := r.t.UploadOffset(ctx, r.d.UploadURL)
	if err != nil {
		return err
	}
	if held != r.d.Size {
		return &tenant.Error{Call: "ask how far the upload is", Cause: tenant.OffsetConflict, Detail: "it holds another number of bytes than it has confirmed"}
	}
	r.d.FileID = tenant.FileID(r.d.UploadURL)
	return nil
}

// sync asks the tenant how far the upload is, once per run.
func (r *run) sync(ctx context.Context) error {
	if r.synced {
		return nil
	}
	if err := r.enter(ctx, Uploading); err != nil {
		return err
	}
	if err := r.safe(ctx); err != nil {
		return err
	}
	offset, err := r.t.UploadOffset(ctx, r.d.UploadURL)
	if err != nil {
		return err
	}
	if offset > r.d.Size {
		return &tenant.Error{Call: "ask how far the upload is", Cause: tenant.Gone, Detail: "it holds more than the file has"}
	}
	if offset > r.d.Uploaded {
		r.d.Tries = 0 // the part that was broken off has brought it on
	}
	r.d.Uploaded, r.synced = offset, true
	return nil
}

// send hands over the next part. Progress makes earlier failures forgotten: a long upload may meet many.
func (r *run) send(ctx context.Context, f *os.File) error {
	if err := r.hashTo(ctx, f, r.d.Uploaded); err != nil {
		return err
	}
	n, began := r.partSize(), r.e.Now()
	body, err := newPart(f, r.digest, n)
	if err != nil {
		return err
	}
	next, err := r.t.UploadChunk(ctx, r.d.UploadURL, r.d.Uploaded, body, n)
	if err != nil {
		return err
	}
	r.e.speeds.note(r.d.DeploymentID, next-r.d.Uploaded, r.e.Now().Sub(began))
	if next == body.now.n {
		r.digest = body.now
	}
	r.a.Bytes += next - r.d.Uploaded
	r.d.Uploaded, r.d.Tries, r.conflicts = next, 0, 0
	return nil
}

// uploadFault mends what can be mended at once: another offset is asked for, a lost upload is forgotten.
func (r *run) uploadFault(err error) error {
	switch tenant.CauseOf(err) {
	case tenant.OffsetConflict:
		if r.conflicts++; r.conflicts <= maxConflicts {
			r.synced = false
			return nil
		}
	case tenant.NotFound, tenant.Gone:
		r.dropUpload()
	}
	return err
}
