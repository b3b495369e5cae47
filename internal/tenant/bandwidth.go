package tenant

import (
	"context"
	"io"

	"golang.org/x/time/rate"
)

// portionsPerSecond is how finely a limited line is dealt out: a body moves so often, even where two uploads share it.
const portionsPerSecond = 10

// Limit sets how many bytes of uploads go in a second, together; 0 is no limit. Uploads that are under way keep the limit that
// they began with until their next part.
func (p *Pace) Limit(bytesPerSecond int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch bytesPerSecond {
	case p.budget:
	case 0:
		p.line = nil
	default:
		p.line = rate.NewLimiter(rate.Limit(bytesPerSecond), max(int(bytesPerSecond/portionsPerSecond), 1))
	}
	p.budget = bytesPerSecond
}

func (p *Pace) bandwidth() *rate.Limiter {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}

// throttled reads no faster than the line allows.
type throttled struct {
	ctx  context.Context //nolint:containedctx // of the one call that reads
	from io.Reader
	line *rate.Limiter
}

// Read implements io.Reader.
func (t throttled) Read(b []byte) (int, error) {
	b = b[:min(len(b), t.line.Burst())]
	if err := t.line.WaitN(t.ctx, len(b)); err != nil {
		return 0, throttleEnd{err}
	}
	return t.from.Read(b)
}

// throttleEnd is how a read ends whose call was ended: no fault of the source.
type throttleEnd struct{ error }
