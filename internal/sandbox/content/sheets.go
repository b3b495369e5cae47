package content

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Sheet is a sheet in a list of sheets.
type Sheet struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Kind  string `json:"kind"`  // base, community or private
	Owner string `json:"owner"` // DIRECTORY\id
}

// A list of sheets stands at the end of an app file of the sandbox: a zlib block in JSON, as real files have blocks, its length in
// four bytes, and this mark. Where sheets stand in a real file is not published.
var sheetsMark = []byte("\x00SHEETS\x01")

// sheetsMost bounds the list, in bytes.
const sheetsMost = 1 << 20

type sheetList struct {
	Sheets []Sheet `json:"sheets"`
}

// SheetsBlock gives the list as it is appended to an app file.
func SheetsBlock(sheets []Sheet) ([]byte, error) {
	text, err := json.Marshal(sheetList{sheets})
	if err != nil {
		return nil, fmt.Errorf("list the sheets: %w", err)
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(append(text, 0)); err != nil {
		return nil, errors.Join(err, z.Close())
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack the sheets: %w", err)
	}
	block := binary.BigEndian.AppendUint32(b.Bytes(), uint32(b.Len()))
	return append(block, sheetsMark...), nil
}

// ReadSheets reads the list at the end of an app file of so many bytes; found is false when there is none.
func ReadSheets(file io.ReaderAt, size int64) (sheets []Sheet, found bool, err error) {
	end := make([]byte, 4+len(sheetsMark))
	at := size - int64(len(end))
	if at < 0 {
		return nil, false, nil
	}
	if _, err := file.ReadAt(end, at); err != nil {
		return nil, false, err
	}
	length := int64(binary.BigEndian.Uint32(end))
	if !bytes.Equal(end[4:], sheetsMark) || length > at || length > sheetsMost {
		return nil, false, nil
	}
	z, err := zlib.NewReader(io.NewSectionReader(file, at-length, length))
	if err != nil {
		return nil, false, nil //nolint:nilerr // bytes that only look like the mark
	}
	text, err := io.ReadAll(io.LimitReader(z, 16*sheetsMost))
	var list sheetList
	if err != nil || json.Unmarshal(bytes.TrimRight(text, "\x00"), &list) != nil {
		return nil, false, nil //nolint:nilerr // as before
	}
	return list.Sheets, true, nil
}

// SheetsOf reads the list at the end of an upload.
func (s *Store) SheetsOf(upload string) ([]Sheet, bool, error) {
	file, err := s.OpenUpload(upload)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	return ReadSheets(file, info.Size())
}
