package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// errLarge says that an element of a list has no end.
var errLarge = errors.New("an entry of the list is too large")

// allowance passes so many bytes on, until it is renewed.
type allowance struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errLarge
	}
	n, err := a.from.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

// each reads a list element by element, and hands each to do. An error of do ends the reading and comes back as it is. QRS lists
// have no pages, so memory must not depend on their length.
func each[T entity](ctx context.Context, c *Client, k call, do func(T) error) error {
	k.total, k.head, k.idle = c.limits.list, c.limits.head, c.limits.idle
	a, err := c.open(ctx, k)
	if err != nil {
		return err
	}
	defer a.close()
	source := bufio.NewReaderSize(a, 64<<10)
	if err := c.begins(a, source); err != nil {
		return err
	}
	given := &allowance{source, c.limits.elementBytes}
	from := json.NewDecoder(given)
	if _, err := from.Token(); err != nil {
		return c.listBroke(a, err)
	}
	for n := 0; ; n++ {
		given.left = c.limits.elementBytes
		if !from.More() {
			break
		}
		var element T
		err := from.Decode(&element)
		if err == nil {
			err = checked(element)
		}
		if err == nil && n >= c.limits.elements {
			err = fmt.Errorf("the list has more than %d entries", n)
		}
		if err != nil {
			return c.listBroke(a, err)
		}
		if err := do(element); err != nil {
			return err
		}
	}
	if _, err := from.Token(); err != nil { // without its end, the list is a part
		return c.listBroke(a, err)
	}
	_, _ = io.CopyN(io.Discard, source, 64) // so that the connection is used again
	return nil
}

// begins goes to the first bracket of a list, and says what an answer is that has none.
func (c *Client) begins(a *answer, source *bufio.Reader) error {
	for range maxRefusal {
		b, err := source.ReadByte()
		if e, ok := errors.AsType[*Error](err); ok {
			return e
		}
		if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
			continue
		}
		if err == nil {
			_ = source.UnreadByte() // never fails after ReadByte
		}
		if b == '[' {
			return nil
		}
		break
	}
	first, err := io.ReadAll(io.LimitReader(source, maxRefusal))
	switch e, ok := errors.AsType[*Error](err); {
	case ok && len(first) == 0:
		return e
	case isPage(a.header.Get("Content-Type"), first):
		return c.page(a, first)
	}
	return c.odd(a, first, "The answer is no list")
}

// listBroke is the error of a list that ended early or is no data.
func (c *Client) listBroke(a *answer, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Call: a.call.name, Kind: Unreachable, Status: a.status, Said: "The list broke off.", Remedy: "It is read again. If it lasts, look at the Repository log.", cause: err}
	}
	return &Error{Call: a.call.name, Kind: BadAnswer, Status: a.status, cause: err,
		Said: "The list is not the expected data (" + cut(err.Error(), maxWords) + ").", Remedy: "Check that a repository of Qlik Sense answers at " + c.origin.Host + ", and its version."}
}
