package api

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// HurryDial makes the wait for a connection as short as d.
func (c *Client) HurryDial(d time.Duration) { c.limits.dial = d }

// HurryHead makes the wait for the beginning of a list as short as d.
func (c *Client) HurryHead(d time.Duration) { c.limits.head = d }

// Hurry makes the wait for the next byte as short as d.
func (c *Client) Hurry(d time.Duration) { c.limits.idle, c.limits.pause = d, d }

// AtMost bounds single answers and whole lists.
func (c *Client) AtMost(d time.Duration) { c.limits.answer, c.limits.list = d, d }

// HurriedTest is Test with a short wait for a connection.
func HurriedTest(ctx context.Context, c site.Connection, d time.Duration) []Step {
	client := newClient(c, Options{})
	client.HurryDial(d)
	return test(ctx, client, nil)
}
