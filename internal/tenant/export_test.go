package tenant

import "time"

// SetPatience shortens the watchdog of uploads.
func (c *Client) SetPatience(quiet, answer time.Duration) { c.quiet, c.answer = quiet, answer }

// SetClock replaces the clock that the connection test compares.
func (c *Client) SetClock(now func() time.Time) { c.now = now }

// SetTimeout shortens what a call may take.
func (c *Client) SetTimeout(call time.Duration) { c.call = call }

// Token gives the bearer token of a pass.
func (p Pass) Token() string { return p.bearer }
