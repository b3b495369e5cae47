package content

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"os"
)

// Bounds of what is read to find a title: the block lies near the beginning in every file seen.
const (
	headSize    = 256 << 10
	blockSize   = 1 << 20
	blocksTried = 64
)

// qvfMagic is how every app file begins that we have seen; the format is not published.
var qvfMagic = []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}

// Header is what was found in an app file; each part may be empty.
type Header struct {
	Title      string `json:"qTitle"`
	LastReload string `json:"qLastReloadTime"`

	// SectionAccess says that the head holds the words "section access" as they are. Real files have them, if at all, in
	// their compressed script; so only files made for a rehearsal say it.
	SectionAccess bool `json:"-"`
}

// ReadHeader reads the head of an upload: whether it is an app file, and what it says of itself.
func (s *Store) ReadHeader(upload string) (header Header, isApp bool, err error) {
	file, err := os.Open(s.uploadPath(upload))
	if err != nil {
		return Header{}, false, err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, headSize))
	if err != nil || !bytes.HasPrefix(head, qvfMagic) {
		return Header{}, false, err
	}
	header = findHeader(head)
	header.SectionAccess = bytes.Contains(bytes.ToLower(head), []byte("section access"))
	return header, true, nil
}

// findHeader tries the zlib blocks from the beginning until one is JSON with a title.
func findHeader(head []byte) Header {
	for range blocksTried {
		at := nextBlock(head)
		if at < 0 {
			break
		}
		head = head[at:]
		if header, ok := readBlock(head); ok {
			return header
		}
		head = head[1:]
	}
	return Header{}
}

// nextBlock finds two bytes that may begin a zlib stream with a 32 KiB window.
func nextBlock(head []byte) int {
	for i := 0; i+1 < len(head); i++ {
		if head[i] == 0x78 && (int(head[i])<<8|int(head[i+1]))%31 == 0 {
			return i
		}
	}
	return -1
}

func readBlock(head []byte) (Header, bool) {
	block, err := zlib.NewReader(bytes.NewReader(head))
	if err != nil {
		return Header{}, false
	}
	text, _ := io.ReadAll(io.LimitReader(block, blockSize)) // a block may be followed by a zero or a broken checksum
	var header Header
	_ = json.Unmarshal(bytes.TrimRight(text, "\x00"), &header) // what is no such JSON gives no title
	return header, header.Title != ""
}
