package distribution

import (
	"context"
	"fmt"
	"os"
	"syscall"
)

// roomed is the room of one export that runs. As a writer it counts, and asks for more when the promise is used up.
type roomed struct {
	ctx     context.Context
	spool   *Spool
	granted int64
	written int64
}

// Write implements io.Writer: it keeps nothing.
func (r *roomed) Write(p []byte) (int, error) {
	if r.written += int64(len(p)); r.written > r.granted {
		if err := r.reserve(max(roomStep, int64(len(p)))); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (r *roomed) reserve(n int64) error {
	if err := r.spool.makeRoom(r.ctx, n, r.granted); err != nil {
		return err
	}
	r.granted += n
	return nil
}

func (r *roomed) giveBack() {
	r.spool.mu.Lock()
	defer r.spool.mu.Unlock()
	r.spool.reserved -= r.granted
}

// makeRoom promises n bytes to an export that was promised others before, removing the least recently used files that nobody uses until they fit.
func (s *Spool) makeRoom(ctx context.Context, n, before int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		lack, err := s.lack(n)
		if err != nil {
			return err
		}
		if lack == "" {
			s.reserved += n
			return nil
		}
		if evicted, err := s.evict(ctx); err != nil || !evicted {
			if err != nil {
				return err
			}
			full := or(len(s.entries) == 0 && s.reserved == before, ErrSpoolTooSmall, ErrSpoolFull)
			return fmt.Errorf("%w: %s", full, lack)
		}
	}
}

// lack says in words what is missing for n more bytes, or nothing.
func (s *Spool) lack(n int64) (string, error) {
	if used := s.used() + s.reserved; used+n > s.Limit {
		return fmt.Sprintf("%d MB more would pass its limit of %d MB, of which %d MB are in use", mb(n), mb(s.Limit), mb(used)), nil
	}
	free, err := s.Free(s.Dir)
	if err != nil {
		return "", fmt.Errorf("ask for the free disk space: %w", err)
	}
	if free-n < s.Floor {
		return fmt.Sprintf("the disk has %d MB free, and %d MB of it must stay free", mb(free), mb(s.Floor)), nil
	}
	return "", nil
}

func mb(n int64) int64 { return (n + 1<<20 - 1) >> 20 }

// used counts the bytes that the spool costs. A file that is linked elsewhere too costs nothing here.
func (s *Spool) used() int64 {
	var sum int64
	for _, e := range s.entries {
		if !linked(s.path(e.SpoolEntry)) {
			sum += e.Size
		}
	}
	return sum
}

func linked(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// evict removes the least recently used file that nobody uses, and says whether there was one.
func (s *Spool) evict(ctx context.Context) (bool, error) {
	var oldest *spooled
	for _, e := range s.entries {
		if e.users == 0 && (oldest == nil || e.Used.Before(oldest.Used)) {
			oldest = e
		}
	}
	if oldest == nil {
		return false, nil
	}
	if err := s.Index.DropSpoolEntry(ctx, oldest.Key); err != nil {
		return false, fmt.Errorf("forget a spool entry: %w", err)
	}
	delete(s.entries, oldest.Key)
	if err := os.Remove(s.path(oldest.SpoolEntry)); err != nil && !os.IsNotExist(err) {
		return false, fmt.Errorf("remove a file of the spool: %w", err)
	}
	return true, nil
}

// freeDisk asks the system for the bytes that we may still write.
func freeDisk(dir string) (int64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil //nolint:unconvert // the types differ between systems
}
