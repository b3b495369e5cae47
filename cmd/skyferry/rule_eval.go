package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

type ruleEvalCommand struct{ ruleInput }

// evalRequest is a line of input: a condition, and the things that it reads.
type evalRequest struct {
	Condition *string `json:"condition"`
	things
}

// evalAnswer is a line of output.
type evalAnswer struct {
	Result bool   `json:"result"`
	Error  string `json:"error"`
}

// Run answers each line; any with an error gives exit code 1.
func (c *ruleEvalCommand) Run(t terminal) error {
	out, failed := json.NewEncoder(t.out), false
	out.SetEscapeHTML(false)
	err := c.eachLine(t, func(line []byte) error {
		answer := eval(line)
		failed = failed || answer.Error != ""
		return out.Encode(answer)
	})
	if err == nil && failed {
		return errSaid
	}
	return err
}

func eval(line []byte) evalAnswer {
	expr, things, err := readThings(line)
	if err != nil {
		return evalAnswer{Error: err.Error()}
	}
	program, err := rule.Compile(expr)
	if err != nil {
		return evalAnswer{Error: err.Error()}
	}
	return evalAnswer{Result: program.Eval(things)}
}

// readThings reads a line and parses its condition.
func readThings(line []byte) (rule.Expr, things, error) {
	var request evalRequest
	if err := json.Unmarshal(line, &request); err != nil || request.Condition == nil {
		return nil, things{}, fmt.Errorf(`this line is no JSON object with a text "condition"`)
	}
	expr, found := rule.Parse(*request.Condition)
	if d, faulty := rule.FirstFault(found); faulty {
		return nil, things{}, fmt.Errorf("%s", d)
	}
	return expr, request.things, unreadable(expr)
}

// unreadable refuses what no line can give a value for, so that a slip in a root is not taken for a missing value.
func unreadable(expr rule.Expr) (err error) {
	rule.Walk(expr, func(e rule.Expr) {
		path, ok := e.(*rule.Path)
		if !ok || err != nil {
			return
		}
		switch first := path.Segments[0].Name; strings.ToLower(first) {
		case "resource", "subject", "user", "node":
		default:
			err = fmt.Errorf("%s: %s is unknown; a property begins with resource, subject, user or node", path.Span().Start, first)
		}
	})
	return err
}
