package library

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/skyferry/skyferry/internal/fault"
)

// received is an uploaded file on disk that is not kept yet.
type received struct {
	path string // empty once it is kept
	size int64
	sha  string
	head Head
}

// discard removes the file unless it was kept.
func (f *received) discard() {
	if f.path != "" {
		_ = os.Remove(f.path)
	}
}

// receive writes the stream to a temporary file that survives a power cut, and reads what it tells about itself.
func (s *Service) receive(ctx context.Context, r io.Reader) (*received, error) {
	tmp, err := os.CreateTemp(s.Dir, "upload-*.part")
	if err != nil {
		return nil, diskFault(err)
	}
	f := &received{path: tmp.Name()}
	err = f.write(ctx, tmp, r, s.Limit)
	if closeErr := tmp.Close(); err == nil && closeErr != nil {
		err = diskFault(closeErr)
	}
	if err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

func (f *received) write(ctx context.Context, tmp *os.File, r io.Reader, limit int64) error {
	start := make([]byte, len(magic))
	if n, err := io.ReadFull(stream{ctx, r}, start); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return brokenOff(err)
	} else if n == 0 {
		return fault.Field(fault.Invalid, "file", "The file is empty. Choose a .qvf file.")
	}
	if !bytes.Equal(start, magic) {
		return fault.Field(fault.Invalid, "file", "This is no .qvf file: it does not begin like an app that Qlik Sense saved.")
	}
	sum := sha256.New()
	rest := io.MultiReader(bytes.NewReader(start), io.LimitReader(stream{ctx, r}, limit-int64(len(start))+1))
	size, err := io.CopyBuffer(io.MultiWriter(disk{tmp}, sum), rest, make([]byte, 1<<20))
	if err != nil {
		return err
	}
	if size > limit {
		return fault.Field(fault.Invalid, "file", "The file is larger than %d MiB, the most that this console takes.", limit>>20)
	}
	if err := tmp.Sync(); err != nil {
		return diskFault(err)
	}
	f.size, f.sha, f.head = size, hex.EncodeToString(sum.Sum(nil)), ReadHead(tmp)
	return nil
}

// stream is the upload; its faults are told as such.
type stream struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, brokenOff(err)
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = brokenOff(err)
	}
	return n, err
}

// disk is the temporary file; its faults are told as such.
type disk struct{ f *os.File }

// Write implements io.Writer.
func (d disk) Write(p []byte) (int, error) {
	n, err := d.f.Write(p)
	if err != nil {
		err = diskFault(err)
	}
	return n, err
}

func brokenOff(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	f := fault.Wrap(err, fault.Invalid, "The upload broke off. Nothing was saved; upload the file again.")
	f.Fields = map[string]string{"file": f.Text}
	return f
}

func diskFault(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.Wrap(err, fault.Unavailable, "The disk of the console is full. Nothing was saved; free some space and upload the file again.")
	}
	return fault.Wrap(err, fault.Unavailable, "The console cannot write to its library folder. Nothing was saved.")
}

// keep moves the file to its place, which its hash names. The same bytes are there only once.
func (s *Service) keep(f *received) error {
	if err := os.Rename(f.path, s.path(f.sha)); err != nil {
		return diskFault(err)
	}
	f.path = ""
	d, err := os.Open(s.Dir)
	if err != nil {
		return diskFault(err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return diskFault(err)
	}
	return nil
}

// forget removes content that no app uses. That it fails is no fault of the caller's act: the sweep comes back to it.
func (s *Service) forget(ctx context.Context, sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.dropUnused(context.WithoutCancel(ctx), sha); err != nil {
		s.Log.WarnContext(ctx, "an unused file of the library was not removed", "sha256", sha, "error", err)
	}
}

func (s *Service) dropUnused(ctx context.Context, sha string) error {
	if sha == "" {
		return nil
	}
	used, err := s.Store.ContentUsed(ctx, sha)
	if err != nil || used {
		return err
	}
	if err := os.Remove(s.path(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove an unused file: %w", err)
	}
	return nil
}

// Sweep removes what broken-off uploads left, and files that no app uses. It must run before any upload, as Open does.
func (s *Service) Sweep(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("list the library folder: %w", err)
	}
	for _, file := range files {
		if err := s.sweepFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweepFile(ctx context.Context, file fs.DirEntry) error {
	name := file.Name()
	if !file.Type().IsRegular() {
		return nil
	}
	if strings.HasPrefix(name, "upload-") && strings.HasSuffix(name, ".part") {
		return os.Remove(filepath.Join(s.Dir, name))
	}
	sha, ours := strings.CutSuffix(name, ".qvf")
	if !ours || len(sha) != sha256.Size*2 {
		return nil
	}
	return s.dropUnused(ctx, sha)
}
