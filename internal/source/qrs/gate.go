package qrs

import (
	"context"

	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// gate is a lock for which one need not wait for ever: who has it may be waiting for the site.
type gate chan struct{}

// Lock waits until the gate is free.
func (g gate) Lock() { g <- struct{}{} }

// Unlock frees the gate.
func (g gate) Unlock() { <-g }

// lockIn waits until the gate is free or the context ends.
func (g gate) lockIn(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &api.Error{Call: "read the app", Kind: api.Interrupted, Said: "The site is being read, and answers slowly."}
	}
}
