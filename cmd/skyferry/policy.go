package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

type policyCommand struct {
	Preview policyPreviewCommand `cmd:"" help:"Say how many apps go where by the stored policies, and what a further condition would change."`
}

type policyPreviewCommand struct {
	ruleInput

	Data string `required:"" type:"path" env:"SKYFERRY_DATA" help:"The console's data folder; a console may be running on it."`
	JSON bool   `name:"json" help:"Write a JSON object instead of text."`
}

// preview is what goes where. Newly and Gone are what the condition would change; without one they are 0.
type preview struct {
	Published   int           `json:"published"`
	Deployments []previewLine `json:"deployments"`
	Faults      []string      `json:"faults"` // policies that send nothing, and guards that forbid everything, because they cannot be read
}

type previewLine struct {
	Name  string `json:"name"`
	Apps  int    `json:"apps"`
	Bytes int64  `json:"bytes"`
	Newly int    `json:"newly"`
	Gone  int    `json:"gone"`
}

// Run decides about all published apps without sending any.
func (c *policyPreviewCommand) Run(ctx context.Context, t terminal) error {
	s, err := store.OpenToRead(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	p, err := c.preview(ctx, t, s)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(t.out).Encode(p)
	}
	p.write(t.out, c.File != "")
	return nil
}

func (c *policyPreviewCommand) preview(ctx context.Context, t terminal, s *store.Store) (p preview, err error) {
	stored, err := s.Policies(ctx)
	if err != nil {
		return p, err
	}
	now := policy.Compile(stored)
	then, err := c.with(t, now)
	if err != nil {
		return p, err
	}
	var apps []site.App
	err = s.EachPublishedApp(ctx, func(a site.App) error {
		apps = append(apps, a)
		return nil
	})
	if err != nil {
		return p, err
	}
	targets, err := liveTargets(ctx, s)
	if err != nil {
		return p, err
	}
	p = preview{Published: len(apps), Deployments: []previewLine{}, Faults: []string{}}
	for _, f := range then.Faults() {
		p.Faults = append(p.Faults, fmt.Sprintf("%q: %s", f.PolicyName, f.Text))
	}
	p.count(policy.NewApps(apps), targets, now, then)
	return p, nil
}

// with adds the condition that is tried, where a file is given.
func (c *policyPreviewCommand) with(t terminal, now *policy.Set) (*policy.Set, error) {
	if c.File == "" {
		return now, nil
	}
	in, err := c.open(t)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	raw, err := io.ReadAll(io.LimitReader(in, rule.MaxText+2))
	if err != nil {
		return nil, fmt.Errorf("the input %w: %w", errUnreadable, err)
	}
	tried := policy.Policy{Name: "the condition", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: strings.TrimRight(string(raw), "\r\n")}
	if faults, _ := tried.Check(rule.Vocabulary{}); faults["conditions"] != "" {
		return nil, fault.New(fault.Invalid, "%s", faults["conditions"])
	}
	return now.With(tried), nil
}

func liveTargets(ctx context.Context, s *store.Store) (list []policy.Target, err error) {
	all, err := s.Targets(ctx)
	for _, d := range all {
		if !d.Disabled {
			list = append(list, policy.Target{ID: d.ID, Name: d.Name})
		}
	}
	return list, err
}

func (p *preview) count(apps *policy.Apps, targets []policy.Target, now, then *policy.Set) {
	before, after := now.Matrix(apps, targets), then.Matrix(apps, targets)
	for i, t := range targets {
		line := previewLine{Name: t.Name, Apps: after[i].Count(), Newly: after[i].Minus(before[i]).Count(), Gone: before[i].Minus(after[i]).Count()}
		after[i].Each(func(n int) { line.Bytes += apps.At(n).Size })
		p.Deployments = append(p.Deployments, line)
	}
}

func (p *preview) write(out io.Writer, compared bool) {
	fmt.Fprintf(out, "%d published apps\n", p.Published)
	for _, l := range p.Deployments {
		fmt.Fprintf(out, "%6d apps -> %s, %d bytes", l.Apps, l.Name, l.Bytes)
		if compared {
			fmt.Fprintf(out, " (+%d newly, -%d no longer refreshed)", l.Newly, l.Gone)
		}
		fmt.Fprintln(out)
	}
	for _, f := range p.Faults {
		fmt.Fprintf(out, "cannot be read: %s\n", f)
	}
}
