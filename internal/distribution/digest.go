package distribution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
)

// digest is the SHA-256 over the first n bytes of a file. It is copied before it is written on.
type digest struct {
	sum hash.Cloner
	n   int64
}

func newDigest() digest {
	return digest{sum: sha256.New().(hash.Cloner)} //nolint:forcetypeassert // so are all hashes of the standard library
}

// fork gives a digest that goes on from here and leaves this one as it is.
func (g digest) fork() (digest, error) {
	sum, err := g.sum.Clone()
	return digest{sum, g.n}, err
}

// Write implements io.Writer.
func (g *digest) Write(p []byte) (int, error) {
	g.n += int64(len(p))
	return g.sum.Write(p)
}

func (g digest) String() string { return hex.EncodeToString(g.sum.Sum(nil)) }

// maxDigests bounds what is kept, at some hundred bytes each. One that is lost costs reading what was sent already.
const maxDigests = 1000

// digests keep how far uploads are hashed, from one slice of a delivery to the next.
type digests struct {
	mu sync.Mutex
	by map[string]digest
}

// take hands the digest of a delivery over; it is a new one when there is none.
func (k *digests) take(deliveryID string) digest {
	k.mu.Lock()
	defer k.mu.Unlock()
	g, found := k.by[deliveryID]
	if !found {
		return newDigest()
	}
	delete(k.by, deliveryID)
	return g
}

func (k *digests) keep(deliveryID string, g digest) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil || len(k.by) >= maxDigests {
		k.by = map[string]digest{}
	}
	k.by[deliveryID] = g
}

// hashTo brings the run's digest to an offset of the file: usually it is there, and else, after a restart or a part that
// arrived in part only, what is missing is read.
func (r *run) hashTo(ctx context.Context, f *os.File, offset int64) error {
	if r.digest.sum == nil {
		r.digest = r.e.digests.take(r.d.ID)
	}
	if r.digest.n > offset {
		r.digest = newDigest()
	}
	missing := io.NewSectionReader(f, r.digest.n, offset-r.digest.n)
	if _, err := io.CopyBuffer(&r.digest, sourceReader{ctx, missing}, make([]byte, 256<<10)); err != nil {
		return fmt.Errorf("read the exported file again: %w", err)
	}
	if r.digest.n != offset {
		return r.changed(ctx)
	}
	return nil
}

// part is a part of the file on its way to the tenant. Its bytes are hashed as they are read.
type part struct {
	file  *io.SectionReader
	start digest
	now   digest
}

func newPart(f *os.File, start digest, n int64) (*part, error) {
	now, err := start.fork()
	return &part{io.NewSectionReader(f, start.n, n), start, now}, err
}

// Read implements io.Reader.
func (p *part) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	_, _ = p.now.Write(b[:n]) // a hash never fails
	return n, err
}

// Seek implements io.Seeker as far as a client needs it that sends the part once more: back to its start.
func (p *part) Seek(offset int64, whence int) (int64, error) {
	at, err := p.file.Seek(offset, whence)
	if err == nil && at != 0 {
		err = fmt.Errorf("a part is read again from its start only, not from %d", at)
	}
	if err == nil {
		p.now, err = p.start.fork()
	}
	return at, err
}

// changed ends the delivery of a file that is not any more what was exported. The spool forgets it, so that a retry exports
// anew.
func (r *run) changed(ctx context.Context) error {
	if err := r.e.Spool.forget(ctx, r.held); err != nil {
		return err
	}
	r.dropUpload()
	return &halt{state: Failed, cause: ExportFailed, message: "The exported file has changed on disk since it was exported, " +
		"so it was not imported. Check the console's disk, then retry: the app is exported again."}
}
