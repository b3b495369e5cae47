package api

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// Hurry makes every wait as short as d.
func (c *Client) Hurry(d time.Duration) {
	c.limits.dial, c.limits.head, c.limits.idle, c.limits.pause = d, d, d, d
}

// AtMost bounds single answers and whole lists.
func (c *Client) AtMost(d time.Duration) { c.limits.answer, c.limits.list = d, d }

// HurriedTest is Test with short waits.
func HurriedTest(ctx context.Context, c site.Connection, d time.Duration) []Step {
	client := newClient(c, Options{})
	client.Hurry(d)
	return test(ctx, client, nil)
}
