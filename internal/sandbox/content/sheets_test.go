package content

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

func sheetsIn(t *testing.T, file []byte) ([]Sheet, bool) {
	t.Helper()
	sheets, found, err := ReadSheets(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return sheets, found
}

// TestSheetsAtTheEnd: a list behind an app file is read, the file before it stays readable, and what only looks like a list is none.
func TestSheetsAtTheEnd(t *testing.T) {
	var app bytes.Buffer
	if err := WriteQVF(&app, "Sales ü", time.Time{}, []byte("data")); err != nil {
		t.Fatal(err)
	}
	if _, found := sheetsIn(t, app.Bytes()); found {
		t.Error("a file without a list has one")
	}
	want := []Sheet{{ID: "1", Title: "By team", Kind: "community", Owner: `ACME\tokafor`}, {ID: "2", Title: strings.Repeat("ü", 256), Kind: "base"}}
	block, err := SheetsBlock(want)
	if err != nil {
		t.Fatal(err)
	}
	file := append(app.Bytes(), block...)
	if got, found := sheetsIn(t, file); !found || !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if header := findHeader(file); header.Title != "Sales ü" {
		t.Errorf("title: %q", header.Title)
	}
	mark := len(file) - len(sheetsMark)
	for name, broken := range map[string][]byte{
		"shorter than a mark": sheetsMark, "only a mark": append(make([]byte, 4), sheetsMark...), "no mark": file[:mark],
		"a length beyond the file": slices.Concat(file[:mark-4], []byte{0, 0xff, 0xff, 0xff}, sheetsMark),
		"a list that is no zlib":   slices.Concat([]byte("no zlib here"), []byte{0, 0, 0, 12}, sheetsMark),
		"a list that is cut off":   slices.Concat(block[:len(block)/2], []byte{0, 0, 0, byte(len(block) / 2)}, sheetsMark),
	} {
		if got, found := sheetsIn(t, broken); found && len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
