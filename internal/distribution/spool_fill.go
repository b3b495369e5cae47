package distribution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/site"
)

// roomStep is how much room is asked for at a time while an export of unknown size runs.
const roomStep = 64 << 20

// exportError marks a fault of the source, as opposed to one of the spool's own disk.
type exportError struct{ error }

func (e exportError) Unwrap() error { return e.error }

// fill exports into the spool and gives the file held.
func (s *Spool) fill(ctx context.Context, appID string, export func(context.Context) (Export, error)) (*Held, error) {
	x, err := export(ctx)
	if err != nil {
		return nil, exportError{err}
	}
	defer x.Close()
	newest := spoolKey(appID, x.Version)
	if held := s.have(newest, x.Version); held != nil {
		return held, s.touch(ctx, newest, held)
	}
	e, err := s.bring(ctx, x)
	if err != nil {
		return nil, err
	}
	e.Key, e.Node, e.Used = newest, s.Node, s.Now()
	return s.admit(ctx, e, x.Version)
}

// admit makes a finished file an entry. The index has it before anybody uses it. When the same version came by another
// key meanwhile, that file serves.
func (s *Spool) admit(ctx context.Context, e SpoolEntry, v site.DataVersion) (*Held, error) {
	if held := s.have(e.Key, v); held != nil {
		return held, os.Remove(s.path(e))
	}
	if err := s.Index.PutSpoolEntry(ctx, e); err != nil {
		return nil, errors.Join(fmt.Errorf("note an export in the spool: %w", err), os.Remove(s.path(e)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := &spooled{SpoolEntry: e}
	s.entries[e.Key] = entry
	return s.hold(entry, v), nil
}

// bring makes the export a file of the spool: by a link when the source has a file that never changes, else by a copy.
func (s *Spool) bring(ctx context.Context, x Export) (SpoolEntry, error) {
	name := uuid.NewString() + ".qvf"
	path := filepath.Join(s.Dir, name)
	if x.Path != "" && x.SHA256 != "" && x.Size >= 0 && os.Link(x.Path, path) == nil {
		return SpoolEntry{Path: name, Size: x.Size, SHA256: x.SHA256}, syncDir(s.Dir)
	}
	size, sum, err := s.copy(ctx, x, path+".part")
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err == nil {
		err = syncDir(s.Dir)
	}
	if err != nil {
		_ = os.Remove(path + ".part")
		return SpoolEntry{}, err
	}
	return SpoolEntry{Path: name, Size: size, SHA256: sum}, nil
}

// copy writes the export to a file that survives a power cut, and gives its size and hash.
func (s *Spool) copy(ctx context.Context, x Export, path string) (int64, string, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", fmt.Errorf("make a file in the spool: %w", err)
	}
	defer f.Close()
	room := &roomed{ctx: ctx, spool: s}
	defer room.giveBack()
	src := io.Reader(sourceReader{ctx, x})
	if x.Size >= 0 { // one byte more, to notice a file that is longer than told
		src = io.LimitReader(src, x.Size+1)
		if err := room.reserve(x.Size + 1); err != nil {
			return 0, "", err
		}
	}
	sum := sha256.New()
	size, err := io.CopyBuffer(io.MultiWriter(room, f, sum), src, make([]byte, 1<<20))
	switch {
	case err != nil:
		return 0, "", err
	case x.Size >= 0 && size != x.Size:
		return 0, "", exportError{fmt.Errorf("the site gave another number of bytes than the %d that it told", x.Size)}
	}
	if err := f.Sync(); err != nil {
		return 0, "", fmt.Errorf("write the export to disk: %w", err)
	}
	return size, hex.EncodeToString(sum.Sum(nil)), f.Close()
}

// sourceReader reads the source until the context ends, and marks its faults.
type sourceReader struct {
	ctx context.Context
	src io.Reader
}

// Read implements io.Reader.
func (r sourceReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = exportError{err}
	}
	return n, err
}

// syncDir makes a rename survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the spool folder: %w", err)
	}
	defer d.Close()
	return d.Sync()
}
