package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
)

// seedApp is one app of the demo's site.
type seedApp struct {
	name, owner, stream string // stream empty: not published
	size                int    // bytes of payload
	reloaded            time.Duration
	properties          map[string][]string
	tags                []string
}

var seedApps = []seedApp{
	{name: "Cash flow forecast", owner: "m.ruiz", stream: "Finance", size: 220_000, reloaded: 2 * time.Hour, properties: map[string][]string{"Cloud": {"eu"}}, tags: []string{"closing"}},
	{name: "Sales overview", owner: "j.berg", stream: "Sales", size: 310_000, reloaded: 5 * time.Hour, properties: map[string][]string{"Region": {"EMEA", "Americas"}}},
	{name: "Pipeline by region", owner: "j.berg", stream: "Sales", size: 140_000, reloaded: 26 * time.Hour, properties: map[string][]string{"Region": {"EMEA"}}},
	{name: "Headcount plan", owner: "t.okafor", stream: "HR", size: 90_000, reloaded: 70 * time.Hour},
	{name: "Group P&L", owner: "m.ruiz", size: 480_000, reloaded: time.Hour, properties: map[string][]string{"Cloud": {"eu", "us"}}},
	{name: "Store traffic and conversion by opening hour", owner: "a.lindqvist", size: 60_000, reloaded: 30 * time.Minute},
	{name: "Vendor ageing", owner: "m.ruiz", size: 75_000},
}

// seed fills a fresh console: streams, custom properties, apps, the deployment eu with its identity provider in the
// tenant, and a policy. A console that has a stream already is left alone.
func seed(ctx context.Context, c *console, eu demoTenant) error {
	known, err := c.store.Streams(ctx)
	if err != nil || len(known) > 0 {
		return err
	}
	if err := seedDeployment(ctx, c, eu); err != nil {
		return fmt.Errorf("deployment eu: %w", err)
	}
	if err := seedSite(ctx, c); err != nil {
		return fmt.Errorf("apps: %w", err)
	}
	return awaitFirst(ctx, c)
}

// seedDeployment does what an administrator does: key, deployment, identity provider in the tenant, policy.
func seedDeployment(ctx context.Context, c *console, eu demoTenant) error {
	draft, private, err := deployment.NewDraft(c.siteID, time.Now())
	if err != nil {
		return err
	}
	if err := c.store.CreateDraft(ctx, draft, private); err != nil {
		return err
	}
	_, err = c.store.CreateDeployment(ctx, deployment.Deployment{
		Name: "eu", Endpoint: eu.endpoint(), Audience: deployment.DefaultAudience, Auth: deployment.LocalBearer,
		Kind: deployment.Sandbox, Note: "Sandbox tenant of the demo", HoldAbove: new(deployment.DefaultHold), Limits: deployment.Limits{Direct: deployment.DefaultDirect},
	}, draft.ID)
	if err != nil {
		return err
	}
	if err := eu.server.AddIdentityProvider("Skyferry demo", deployment.Definition(draft.Key, deployment.DefaultAudience)); err != nil {
		return err
	}
	_, err = c.store.CreatePolicy(ctx, policy.Policy{
		Name: "Finance to eu", Description: "Closing and group reporting", Template: "Distribution_App",
		ResourceFilter: "App_*", Actions: policy.ActionDistribute, Tags: []string{"finance"},
		Conditions: `((subject.name="eu") and (resource.stream.name="Finance"))`,
	})
	return err
}

func seedSite(ctx context.Context, c *console) error {
	streams := map[string]string{}
	for _, name := range []string{"Finance", "Sales", "HR"} {
		id, err := c.store.CreateStream(ctx, site.Stream{Name: name})
		if err != nil {
			return err
		}
		streams[name] = id
	}
	for _, p := range []site.Property{
		{Name: "Cloud", Description: "Names of the deployments that get the app", Values: []string{"eu", "us"}, ForApps: true},
		{Name: "Region", Description: "Region that the app or stream is for", Values: []string{"EMEA", "Americas", "APAC"}, ForApps: true, ForStreams: true},
	} {
		if _, err := c.store.CreateProperty(ctx, p); err != nil {
			return err
		}
	}
	for i, app := range seedApps {
		if err := seedOne(ctx, c, app, i, streams); err != nil {
			return fmt.Errorf("%s: %w", app.name, err)
		}
	}
	return nil
}

// seedOne uploads one app as a person would; each has content of its own.
func seedOne(ctx context.Context, c *console, a seedApp, number int, streams map[string]string) error {
	payload := make([]byte, a.size)
	_, _ = rand.NewChaCha8([32]byte{byte(number + 1)}).Read(payload) // never fails, by its contract
	var file bytes.Buffer
	reload := time.Time{}
	if a.reloaded > 0 {
		reload = time.Now().Add(-a.reloaded).Truncate(time.Second)
	}
	if err := library.WriteQVF(&file, a.name, reload, payload); err != nil {
		return err
	}
	owner := site.Owner{ID: "demo-" + a.owner, UserID: a.owner, Directory: "DEMO", Name: a.owner, Email: a.owner + "@skyferry.example"}
	app, err := c.library.Upload(ctx, a.name+".qvf", &file, owner)
	if err != nil {
		return err
	}
	if len(a.properties)+len(a.tags) > 0 {
		edit := store.AppEdit{Name: app.Name, Properties: a.properties, Tags: a.tags}
		if err := c.store.EditApp(ctx, app.ID, edit); err != nil {
			return err
		}
	}
	if a.stream == "" {
		return nil
	}
	return c.store.PublishApp(ctx, app.ID, streams[a.stream], "")
}

// awaitFirst waits until the first app has arrived, for a while: the first look shall be alive.
func awaitFirst(ctx context.Context, c *console) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		page, err := c.store.StatusPage(ctx, distribution.StatusFilter{Tab: distribution.TabDistributed, Limit: 1})
		if err != nil || page.Total > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
