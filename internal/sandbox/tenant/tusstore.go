package tenant

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// tusStore keeps tus uploads where all temporary contents are kept, so that both ways end in the same record.
type tusStore struct{ server *Server }

// tusUpload is one upload for the time of one call.
type tusUpload struct {
	server *Server
	record state.Upload
	offset int64
}

// NewUpload makes an upload; filename and ttl were checked and all other metadata dropped before.
func (t tusStore) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	record, err := t.server.newUpload(callerIn(ctx), info.MetaData["filename"], info.MetaData["ttl"])
	if err != nil {
		return nil, tusError(err)
	}
	record.Size = info.Size
	if err := t.server.contents.Begin(record.ID); err != nil {
		return nil, err
	}
	return &tusUpload{server: t.server, record: record}, t.server.putUpload(record)
}

// GetUpload finds an upload of the caller; the file's size is the offset, also after a crash.
func (t tusStore) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	record, err := t.server.findUpload(callerIn(ctx), id)
	if err != nil {
		return nil, tusError(err)
	}
	offset, err := t.server.contents.Offset(id)
	return &tusUpload{t.server, record, offset}, err
}

func callerIn(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey).(caller)
	return who
}

// GetInfo tells tusd what the upload is.
func (u *tusUpload) GetInfo(context.Context) (handler.FileInfo, error) {
	meta := handler.MetaData{}
	if u.record.Filename != "" {
		meta["filename"] = u.record.Filename
	}
	return handler.FileInfo{ID: u.record.ID, Size: u.record.Size, Offset: u.offset, MetaData: meta}, nil
}

// WriteChunk appends what arrives.
func (u *tusUpload) WriteChunk(_ context.Context, _ int64, src io.Reader) (int64, error) {
	n, err := u.server.contents.Append(u.record.ID, src)
	u.offset += n
	return n, err
}

// GetReader serves the interface; downloads do not go through tusd.
func (u *tusUpload) GetReader(context.Context) (io.ReadCloser, error) {
	return u.server.contents.OpenUpload(u.record.ID)
}

// FinishUpload makes the whole upload durable and keeps its hash.
func (u *tusUpload) FinishUpload(context.Context) error {
	sealed, err := u.server.sealUpload(u.record)
	if err != nil {
		return err
	}
	u.record = sealed
	return u.server.putUpload(sealed)
}

// tusError gives a fault of ours the form in which tusd keeps its status.
func tusError(err error) error {
	status := statusOf(err)
	if status == http.StatusNotFound {
		return handler.ErrNotFound
	}
	if _, ours := errors.AsType[*fault.Error](err); !ours {
		return err
	}
	return handler.NewError("ERR_REFUSED", fault.Of(err).Text, status)
}

// tryLocker answers 423 at once when an upload is in use, as the contract says: it neither waits nor interrupts.
type tryLocker struct {
	mu   sync.Mutex
	held map[string]bool
}

// NewLock gives a lock that is not held yet.
func (l *tryLocker) NewLock(id string) (handler.Lock, error) { return tryLock{l, id}, nil }

type tryLock struct {
	locker *tryLocker
	id     string
}

// Lock takes the lock or fails at once.
func (l tryLock) Lock(context.Context, func()) error {
	l.locker.mu.Lock()
	defer l.locker.mu.Unlock()
	if l.locker.held[l.id] {
		return handler.ErrFileLocked
	}
	l.locker.held[l.id] = true
	return nil
}

// Unlock gives it back.
func (l tryLock) Unlock() error {
	l.locker.mu.Lock()
	defer l.locker.mu.Unlock()
	delete(l.locker.held, l.id)
	return nil
}
