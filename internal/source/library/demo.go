package library

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// WriteQVF writes a file that has the shape of a .qvf as far as this package looks: the same first bytes, then a block
// that describes the app, then the payload as it is. It is for the demo and for tests; Qlik Sense cannot open it.
func WriteQVF(w io.Writer, title string, lastReload time.Time, payload []byte) error {
	reload := ""
	if !lastReload.IsZero() {
		reload = lastReload.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	head, err := json.Marshal(map[string]string{
		"qTitle": title, "qLastReloadTime": reload, "qSavedInProductVersion": "skyferry-demo",
	})
	if err != nil {
		return fmt.Errorf("describe the demo app: %w", err)
	}
	var b bytes.Buffer
	b.Write(magic)
	b.Write(make([]byte, 26))
	z := zlib.NewWriter(&b)
	if _, err := z.Write(append(head, 0)); err != nil {
		return fmt.Errorf("pack the demo app: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack the demo app: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the demo app: %w", err)
	}
	if _, err := w.Write(payload); err != nil {
		return fmt.Errorf("write the demo app: %w", err)
	}
	return nil
}
