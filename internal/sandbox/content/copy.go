package content

import (
	"io"
	"os"
)

// copyHashed appends src to the file; only bytes that the file took are hashed.
func copyHashed(file *os.File, d *digest, src io.Reader) (int64, error) {
	n, err := copyBuffered(hashingWriter{file, d}, src)
	return n, err
}

type hashingWriter struct {
	file *os.File
	d    *digest
}

func (w hashingWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.d.sum.Write(p[:n]) // a hash never fails
	w.d.n += int64(n)
	return n, err
}

// copyBuffered copies through one pooled buffer of fixed size.
func copyBuffered(dst io.Writer, src io.Reader) (int64, error) {
	buffer := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer buffers.Put(buffer)
	return io.CopyBuffer(dst, onlyReader{src}, *buffer)
}

// onlyReader hides WriteTo, which would go round the buffer.
type onlyReader struct{ io.Reader }
