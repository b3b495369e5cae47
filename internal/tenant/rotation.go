package tenant

import "context"

// nextKey is a key that takes over from the present one.
type nextKey struct {
	signIn   SignIn
	accepted func(ctx context.Context) error
}

// TakeOver names a key that the tenant may know already, or will. It is tried when the present one is refused. accepted is
// called at its first success, in the run of that call; from then on the client signs in with it alone. When accepted fails,
// which it reports itself, the call is not blamed and the next one calls it again. Set it before the client is used.
func (c *Client) TakeOver(next SignIn, accepted func(ctx context.Context) error) {
	c.heir = &nextKey{next, accepted}
}

// present gives the way of signing in and, if there is one, the key that takes over from it.
func (c *Client) present() (SignIn, *nextKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.signIn, c.heir
}

// promote makes a next key that was accepted the present one. When that cannot be noted, the next call tries again.
func (c *Client) promote(ctx context.Context, next *nextKey) {
	if next.accepted(ctx) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heir == next {
		c.signIn, c.heir = next.signIn, nil
	}
}
