package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

type ruleCommand struct {
	Check   ruleCheckCommand   `cmd:"" help:"Check conditions: JSON lines in, JSON lines out."`
	Eval    ruleEvalCommand    `cmd:"" help:"Judge conditions for given things: JSON lines in, JSON lines out."`
	Format  ruleFormatCommand  `cmd:"" help:"Write a condition in its canonical form."`
	Explain ruleExplainCommand `cmd:"" help:"Say for given things which parts of a condition are true, with the values they saw."`
}

// ruleInput is where conditions come from.
type ruleInput struct {
	File string `arg:"" optional:"" help:"File to read; standard input when absent or -."`
}

// errUnreadable is input that cannot be read at all: a fault of the usage.
var errUnreadable = errors.New("cannot be read")

func (i ruleInput) open(t terminal) (io.ReadCloser, error) {
	if i.File == "" || i.File == "-" {
		return io.NopCloser(t.in), nil
	}
	file, err := os.Open(i.File)
	if err != nil {
		return nil, fmt.Errorf("the input %w: %w", errUnreadable, err)
	}
	return file, nil
}

// maxLine bounds a line of input, in bytes: room for a condition of the greatest length, however it is escaped.
const maxLine = 8 << 20

// byteOrderMark begins files of Windows editors and shells; it is no part of the first line.
const byteOrderMark = "\ufeff"

// eachLine calls do for each line without its end; a longer line comes as nil.
func (i ruleInput) eachLine(t terminal, do func(line []byte) error) error {
	in, err := i.open(t)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	lines := bufio.NewReaderSize(in, 64<<10)
	if head, _ := lines.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		_, _ = lines.Discard(len(byteOrderMark))
	}
	for {
		line, err := nextLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the input %w: %w", errUnreadable, err)
		}
		if err := do(line); err != nil {
			return err
		}
	}
}

// nextLine reads a line of any length and keeps at most maxLine of it. The last line may lack its end.
func nextLine(lines *bufio.Reader) ([]byte, error) {
	line, long := []byte{}, false
	for {
		part, err := lines.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long):
			return nil, err
		case long:
			return nil, nil
		}
		return line, nil
	}
}
