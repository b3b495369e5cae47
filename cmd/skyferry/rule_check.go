package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/store"
)

type ruleCheckCommand struct {
	ruleInput

	Kind string `enum:"policy,security,sync" default:"policy" help:"Kind of the rules: policy, security or sync."`
	Data string `type:"path" env:"SKYFERRY_DATA" help:"A console's data folder: names are compared with its site and deployments."`
}

// checkRequest is a line of input. Other fields are passed over.
type checkRequest struct {
	Condition      *string `json:"condition"`
	ResourceFilter *string `json:"resourceFilter"`
}

// checkAnswer is a line of output. Offsets, columns and lengths count bytes; lines and columns begin with 1.
type checkAnswer struct {
	Valid       bool              `json:"valid"`
	Diagnostics []checkDiagnostic `json:"diagnostics"`
}

type checkDiagnostic struct {
	Severity string    `json:"severity"`
	Code     string    `json:"code"`
	Message  string    `json:"message"`
	Offset   int       `json:"offset"`
	Line     int       `json:"line"`
	Column   int       `json:"column"`
	Length   int       `json:"length"`
	Fix      *checkFix `json:"fix"`
}

type checkFix struct {
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	Text   string `json:"text"`
}

// Run answers each line; any that is not valid gives exit code 1.
func (c *ruleCheckCommand) Run(ctx context.Context, t terminal) error {
	known, err := c.vocabulary(ctx)
	if err != nil {
		return err
	}
	out, invalid := json.NewEncoder(t.out), false
	out.SetEscapeHTML(false)
	err = c.eachLine(t, func(line []byte) error {
		answer := check(line, known)
		invalid = invalid || !answer.Valid
		return out.Encode(answer)
	})
	if err == nil && invalid {
		return errSaid
	}
	return err
}

// vocabulary reads what the site knows, where a data folder is given.
func (c *ruleCheckCommand) vocabulary(ctx context.Context) (rule.Vocabulary, error) {
	known := rule.Vocabulary{Kind: map[string]rule.Kind{"security": rule.Security, "sync": rule.Sync}[c.Kind]}
	if c.Data == "" || known.Kind != rule.Distribution {
		return known, nil
	}
	s, err := store.OpenToRead(c.Data)
	if err != nil {
		return known, err
	}
	defer func() { _ = s.Close() }()
	return s.Vocabulary(ctx)
}

func check(line []byte, known rule.Vocabulary) checkAnswer {
	var request checkRequest
	if err := json.Unmarshal(line, &request); err != nil || request.Condition == nil {
		bad := `This line is no JSON object with a text "condition".`
		return checkAnswer{Diagnostics: []checkDiagnostic{{Severity: "error", Code: "bad-input", Message: bad, Line: 1, Column: 1}}}
	}
	text := *request.Condition
	expr, parsed := rule.Parse(text)
	found := rule.Merge(parsed, rule.Check(expr, known))
	if _, faulty := rule.FirstFault(found); !faulty && known.Kind == rule.Distribution {
		found = rule.Merge(found, rule.OneSided(expr))
	}
	answer := checkAnswer{Valid: true, Diagnostics: []checkDiagnostic{}}
	answer.filter(request.ResourceFilter, known.Kind)
	for _, d := range found {
		answer.add(text, d)
	}
	return answer
}

// filter checks a resource filter. Those of a site's own rules are only read, and they reach types that nobody listed.
func (a *checkAnswer) filter(filter *string, kind rule.Kind) {
	if filter == nil || kind != rule.Distribution {
		return
	}
	if _, err := policy.ParseFilter(*filter); err != nil {
		a.Valid = false
		a.Diagnostics = append(a.Diagnostics, checkDiagnostic{Severity: "error", Code: "resource-filter", Message: fault.Of(err).Text, Line: 1, Column: 1})
	}
}

func (a *checkAnswer) add(text string, d rule.Diagnostic) {
	at := d.Span.Start.Offset
	line := checkDiagnostic{
		Severity: "warning", Code: d.Code, Message: d.Message, Offset: at, Line: d.Span.Start.Line,
		Column: at - strings.LastIndexAny(text[:at], "\r\n"), Length: d.Span.End.Offset - at,
	}
	if d.Severity == rule.Fault {
		line.Severity, a.Valid = "error", false
	}
	if d.Fix != nil {
		line.Fix = &checkFix{d.Fix.Span.Start.Offset, d.Fix.Span.End.Offset - d.Fix.Span.Start.Offset, d.Fix.Text}
	}
	a.Diagnostics = append(a.Diagnostics, line)
}
