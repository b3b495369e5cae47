// Package content keeps the bytes of a sandbox tenant as files: apps by their SHA-256, and uploads on their way. Every
// byte is hashed while it arrives, so that a large app is not read a second time.
package content

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// bufferSize is the size of one read and write, in bytes; big enough that system calls do not dominate.
const bufferSize = 256 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

// Store is a folder with the sub-folders app and upload. Keeping and dropping of app files is serialised with the
// transaction that refers to them, so that a file in use is never removed.
type Store struct {
	dir string

	// Commit is held by callers over "file is there" + "record refers to it".
	Commit sync.Mutex

	mu      sync.Mutex
	digests map[string]*digest // of the unfinished uploads of this process
}

// digest is a hash over the first n bytes of an upload.
type digest struct {
	sum hash.Hash
	n   int64
}

// Open opens or makes the folder.
func Open(dir string) (*Store, error) {
	for _, sub := range []string{"app", "upload"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("make content folder: %w", err)
		}
	}
	return &Store{dir: dir, digests: map[string]*digest{}}, nil
}

func (s *Store) appPath(sum string) string { return filepath.Join(s.dir, "app", filepath.Base(sum)) }
func (s *Store) uploadPath(id string) string {
	return filepath.Join(s.dir, "upload", filepath.Base(id))
}

// OpenApp opens the content with this SHA-256 for reading.
func (s *Store) OpenApp(sum string) (*os.File, error) { return os.Open(s.appPath(sum)) }

// OpenUpload opens an upload for reading.
func (s *Store) OpenUpload(id string) (*os.File, error) { return os.Open(s.uploadPath(id)) }

// Begin makes an empty upload.
func (s *Store) Begin(id string) error {
	file, err := os.OpenFile(s.uploadPath(id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// Offset gives the number of bytes of an upload that have arrived.
func (s *Store) Offset(id string) (int64, error) {
	info, err := os.Stat(s.uploadPath(id))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Append writes src behind what has arrived and gives the number of bytes written, also when it fails half way.
// Calls for the same upload must not overlap.
func (s *Store) Append(id string, src io.Reader) (int64, error) {
	file, err := os.OpenFile(s.uploadPath(id), os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	d, err := s.caughtUp(id, file)
	if err != nil {
		return 0, errors.Join(err, file.Close())
	}
	n, err := copyHashed(file, d, src)
	return n, errors.Join(err, file.Close())
}

// Finish makes a complete upload durable and gives its SHA-256 and size.
func (s *Store) Finish(id string) (sum string, size int64, err error) {
	file, err := os.OpenFile(s.uploadPath(id), os.O_RDWR, 0o600)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	d, err := s.caughtUp(id, file)
	if err != nil {
		return "", 0, err
	}
	if err := file.Sync(); err != nil {
		return "", 0, err
	}
	s.forget(id)
	return hex.EncodeToString(d.sum.Sum(nil)), d.n, syncDir(filepath.Dir(file.Name()))
}

// caughtUp gives the digest of all bytes in the file: kept from the last chunk, or read anew after a restart.
func (s *Store) caughtUp(id string, file *os.File) (*digest, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	d := s.digest(id)
	if d.n == info.Size() {
		return d, nil
	}
	d.sum.Reset()
	d.n, err = copyBuffered(d.sum, io.NewSectionReader(file, 0, info.Size()))
	return d, err
}

func (s *Store) digest(id string) *digest {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.digests[id]
	if !ok {
		d = &digest{sum: sha256.New()}
		s.digests[id] = d
	}
	return d
}

func (s *Store) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.digests, id)
}

// Discard removes an upload; the app that was made from it keeps its own link.
func (s *Store) Discard(id string) error {
	s.forget(id)
	return ignoreMissing(os.Remove(s.uploadPath(id)))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
