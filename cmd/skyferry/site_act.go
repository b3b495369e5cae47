package main

import (
	"context"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// connected gives the connector, where there is one.
func (s *sites) connected() (*qrs.Connector, error) {
	connection, connector := s.now()
	if connector == nil {
		return nil, fault.New(fault.Unavailable, "The site at %s is not connected now. Site says what is wrong.", connection.Host)
	}
	return connector, nil
}

// Rules reads the rules of the site.
func (s *sites) Rules(ctx context.Context) ([]api.Rule, error) {
	c, err := s.connected()
	if err != nil {
		return nil, err
	}
	return c.Rules(ctx)
}

// Publish publishes an app at the site.
func (s *sites) Publish(ctx context.Context, shown site.App, to site.Stream) error {
	c, err := s.connected()
	if err != nil {
		return err
	}
	return c.Publish(ctx, shown, to)
}

// Move puts a published app of the site into another stream.
func (s *sites) Move(ctx context.Context, shown site.App, to site.Stream) error {
	c, err := s.connected()
	if err != nil {
		return err
	}
	return c.Move(ctx, shown, to)
}

// SetProperties gives an app of the site the values of custom properties.
func (s *sites) SetProperties(ctx context.Context, shown site.App, want map[string][]string) error {
	c, err := s.connected()
	if err != nil {
		return err
	}
	return c.SetProperties(ctx, shown, want)
}
