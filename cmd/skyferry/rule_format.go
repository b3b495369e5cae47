package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

type ruleFormatCommand struct {
	ruleInput

	JSON bool `name:"json" help:"Write a JSON object instead of text."`
}

// Run writes the canonical text of one condition. A text that cannot be read gives exit code 1 and what is wrong with it.
func (c *ruleFormatCommand) Run(t terminal) error {
	in, err := c.open(t)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	raw, err := io.ReadAll(io.LimitReader(in, rule.MaxText+2)) // one more than allowed, beside the line's end
	if err != nil {
		return fmt.Errorf("the input %w: %w", errUnreadable, err)
	}
	expr, found := rule.Parse(strings.TrimRight(string(raw), "\r\n"))
	if d, faulty := rule.FirstFault(found); faulty {
		return fmt.Errorf("%s", d)
	}
	if c.JSON {
		out := json.NewEncoder(t.out)
		out.SetEscapeHTML(false)
		return out.Encode(map[string]string{"condition": rule.Format(expr)})
	}
	fmt.Fprintln(t.out, rule.Format(expr))
	return nil
}

type ruleExplainCommand struct {
	ruleInput

	JSON bool `name:"json" help:"Write JSON lines instead of text."`
}

// explained is a part of a condition in JSON.
type explained struct {
	Text  string              `json:"text"`
	True  bool                `json:"true"`
	Seen  map[string][]string `json:"seen,omitempty"`
	Parts []explained         `json:"parts,omitempty"`
}

// Run explains each line, which is as for rule eval; any that cannot be judged gives exit code 1.
func (c *ruleExplainCommand) Run(t terminal) error {
	failed := false
	err := c.eachLine(t, func(line []byte) error {
		expr, things, err := readThings(line)
		if err == nil {
			_, err = rule.Compile(expr)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(t.err, "skyferry: %v\n", err)
			return nil
		}
		return c.write(t, rule.Explain(expr, things))
	})
	if err == nil && failed {
		return errSaid
	}
	return err
}

func (c *ruleExplainCommand) write(t terminal, trace *rule.Trace) error {
	if c.JSON {
		out := json.NewEncoder(t.out)
		out.SetEscapeHTML(false)
		return out.Encode(explain(trace))
	}
	outline(t.out, trace, 0)
	return nil
}

func explain(trace *rule.Trace) explained {
	e := explained{Text: trace.Text, True: trace.True}
	for _, s := range trace.Seen {
		if e.Seen == nil {
			e.Seen = map[string][]string{}
		}
		e.Seen[s.Path] = append([]string{}, s.Values...)
	}
	for _, part := range trace.Children {
		e.Parts = append(e.Parts, explain(part))
	}
	return e
}

// outline writes a part and, below it, its own parts.
func outline(out io.Writer, trace *rule.Trace, depth int) {
	seen := make([]string, len(trace.Seen))
	for i, s := range trace.Seen {
		seen[i] = s.String()
	}
	note := ""
	if len(seen) > 0 {
		note = "   [" + strings.Join(seen, "; ") + "]"
	}
	fmt.Fprintf(out, "%s%-5t %s%s\n", strings.Repeat("  ", depth), trace.True, trace.Text, note)
	for _, part := range trace.Children {
		outline(out, part, depth+1)
	}
}
