package content

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// WriteQVF writes an app file of our own making: the beginning that app files have, a header with title and time of the
// last reload (zero: never), and a payload in the place of data.
func WriteQVF(w io.Writer, title string, lastReload time.Time, payload []byte) error {
	head := Header{Title: title}
	if !lastReload.IsZero() {
		head.LastReload = lastReload.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("describe the app: %w", err)
	}
	var b bytes.Buffer
	b.Write(qvfMagic)
	b.Write(make([]byte, 26))
	z := zlib.NewWriter(&b)
	if _, err := z.Write(append(text, 0)); err != nil {
		return errors.Join(err, z.Close())
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack the app: %w", err)
	}
	b.Write(payload)
	_, err = w.Write(b.Bytes())
	return err
}
