package content

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Keep makes the bytes of a finished upload an app content, by a hard link: no byte is copied. The caller holds Commit.
func (s *Store) Keep(upload, sum string) error {
	err := os.Link(s.uploadPath(upload), s.appPath(sum))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Join(s.dir, "app"))
}

// Lend makes the bytes of an app a finished upload, by a hard link.
func (s *Store) Lend(sum, upload string) error {
	if err := os.Link(s.appPath(sum), s.uploadPath(upload)); err != nil {
		return err
	}
	return syncDir(filepath.Join(s.dir, "upload"))
}

// Drop removes an app content that no record refers to any more. The caller holds Commit.
func (s *Store) Drop(sum string) error { return ignoreMissing(os.Remove(s.appPath(sum))) }

// Sweep removes what no record refers to: leftovers of a process that was killed between file and transaction.
func (s *Store) Sweep(app, upload func(name string) bool) error {
	return errors.Join(
		sweepDir(filepath.Join(s.dir, "app"), app),
		sweepDir(filepath.Join(s.dir, "upload"), upload))
}

func sweepDir(dir string, inUse func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !inUse(entry.Name()) {
			err = errors.Join(err, ignoreMissing(os.Remove(filepath.Join(dir, entry.Name()))))
		}
	}
	return err
}

// syncDir makes new names in a folder durable.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
