package clients

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// head is how every app file begins that we have seen; the sandbox looks at nothing else.
var head = []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}

// appFile is an app that is uploaded.
type appFile struct {
	path   string
	size   int64
	sha256 string
}

// newFile writes a file of size bytes that are random, and the same in each run.
func newFile(t *testing.T, size int64) appFile {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "Sales.qvf"))
	good(t, err)
	defer f.Close()
	sum := sha256.New()
	out := io.MultiWriter(f, sum)
	_, err = out.Write(head)
	good(t, err)
	_, err = io.CopyBuffer(out, io.LimitReader(rand.NewChaCha8([32]byte{1}), size-int64(len(head))), make([]byte, 1<<20))
	good(t, err)
	return appFile{f.Name(), size, hex.EncodeToString(sum.Sum(nil))}
}
