package main

import (
	"fmt"
	"io"
	"os"

	"github.com/skyferry/skyferry/internal/rule"
)

type ruleCommand struct {
	Check ruleCheckCommand `cmd:"" help:"Check a condition and say what is wrong and where."`
}

type ruleCheckCommand struct {
	File string `arg:"" optional:"" help:"File with the condition; standard input when absent or -."`
}

// Run prints a line for each fault and warning; any fault gives exit code 1.
func (c *ruleCheckCommand) Run(t terminal) error {
	text, err := c.read(t)
	if err != nil {
		return err
	}
	expr, notes := rule.Parse(text)
	notes = append(notes, rule.Check(expr, rule.Vocabulary{})...)
	faults := false
	for _, note := range notes {
		word := "warning"
		if note.Severity == rule.Fault {
			word, faults = "fault", true
		}
		fmt.Fprintf(t.out, "%d:%d: %s: %s\n", note.Span.Start.Line, note.Span.Start.Column, word, note.Message)
	}
	if faults {
		return errSaid
	}
	fmt.Fprintln(t.out, "valid")
	return nil
}

// read reads at most one byte more than a condition may have, so that the parser can say that it is too long.
func (c *ruleCheckCommand) read(t terminal) (string, error) {
	in := t.in
	if c.File != "" && c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return "", fmt.Errorf("the condition cannot be read: %w", err)
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, rule.MaxText+1))
	return string(raw), err
}
