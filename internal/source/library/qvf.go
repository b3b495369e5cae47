package library

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"slices"
	"time"
)

// magic is how every .qvf file begins that we have seen (data README: the format is not published).
var magic = []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}

// The bounds of looking into a file: what is not found within them counts as not told.
const (
	headScan  = 4 << 20 // bytes from the start that are looked through
	headBlock = 64 << 10
	maxBlocks = 4000
	maxTitle  = 256 // characters of a title
)

// Head is what a file tells about itself. Fields that were not found are empty.
type Head struct {
	Title      string
	LastReload time.Time
}

// ReadHead looks for the block that describes the app: a zlib stream of JSON near the start. It never fails: a file that
// tells nothing has an empty Head.
func ReadHead(r io.ReaderAt) Head {
	data, err := io.ReadAll(io.NewSectionReader(r, 0, headScan))
	if err != nil {
		return Head{}
	}
	for at, tried := 0, 0; tried < maxBlocks; at++ {
		next := bytes.IndexByte(data[at:], 0x78)
		if next < 0 {
			return Head{}
		}
		at += next
		if !zlibStart(data[at:]) {
			continue
		}
		tried++
		if h, ok := describes(inflate(data[at:])); ok {
			return h
		}
	}
	return Head{}
}

// zlibStart says whether a zlib stream may begin here: deflate, window of 32 KiB, checksum of the two bytes right.
func zlibStart(b []byte) bool {
	return len(b) > 2 && b[0] == 0x78 && b[1]&0x20 == 0 && (int(b[0])<<8|int(b[1]))%31 == 0
}

// inflate gives the start of a stream, if it looks like JSON: most do not, and are given up after some bytes.
func inflate(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	defer z.Close()
	start := make([]byte, 2)
	if _, err := io.ReadFull(z, start); err != nil || start[0] != '{' || start[1] != '"' {
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(z, headBlock))
	if err != nil {
		return nil
	}
	return slices.Concat(start, rest)
}

// describes reads the block, when it is the one.
func describes(block []byte) (Head, bool) {
	var b struct {
		Title      *string `json:"qTitle"`
		LastReload string  `json:"qLastReloadTime"`
		Product    *string `json:"qSavedInProductVersion"`
	}
	if json.Unmarshal(bytes.TrimRight(block, "\x00"), &b) != nil || b.Title == nil || b.Product == nil && b.LastReload == "" {
		return Head{}, false
	}
	h := Head{Title: *b.Title}
	if runes := []rune(h.Title); len(runes) > maxTitle {
		h.Title = string(runes[:maxTitle])
	}
	if t, err := time.Parse(time.RFC3339, b.LastReload); err == nil {
		h.LastReload = t.UTC()
	}
	return h, true
}
