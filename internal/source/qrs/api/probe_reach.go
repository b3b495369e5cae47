package api

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// soon is how long before its end a certificate is spoken of.
const soon = 30 * 24 * time.Hour

// encrypts looks at the server's certificate. Whether ours is taken is another step's.
func (p *probe) encrypts(ctx context.Context) Step {
	config, err := p.keys.serverConfig(p.origin.Hostname(), &p.seen)
	if err != nil {
		return failed(err)
	}
	if with, err := p.keys.tlsConfig(p.origin.Hostname(), &p.seen); err == nil {
		config = with
	}
	conn, err := p.connect(ctx, p.origin.Host, config)
	if err == nil {
		_ = conn.Close() // it was only looked at
	}
	if !p.seen.verified {
		w := newWatch(ctx, stepTime)
		defer w.end()
		return failed(p.broken(ctx, w, call{}, err))
	}
	leaf, mind := p.seen.leaf, ""
	if p.now().After(leaf.NotAfter.Add(-soon)) {
		mind = "The site's certificate expires soon. When the site has made new ones, export them again."
	}
	return passed(fmt.Sprintf("%s; the certificate is for %s, issued by %s, valid until %s.", tls.VersionName(p.seen.version), names(leaf), issuer(leaf), day(leaf.NotAfter)), mind)
}

// accepts asks for the version: whoever is let in gets some answer.
func (p *probe) accepts(ctx context.Context) Step {
	if err := p.keys.check(); err != nil {
		return failed(err)
	}
	p.about, p.err = p.About(ctx)
	switch KindOf(p.err) {
	case Certificate, Passphrase, SignIn, TLS, Unreachable, Slow, WrongPort, Interrupted:
		return failed(p.err)
	}
	p.accepted = true
	if p.keys.Way == site.ByProxy {
		if KindOf(p.err) == NotQRS {
			return untold("What answers there is no repository, so that nobody can say whether the JWT is taken.")
		}
		return passed("The proxy takes the JWT.", p.tokenEnds())
	}
	if p.err != nil && !p.seen.asked {
		return untold("What answers there did not ask for client.pem.")
	}
	pair, err := p.keys.pair()
	if err != nil {
		return failed(err)
	}
	mind := ""
	if p.now().After(pair.Leaf.NotAfter.Add(-soon)) {
		mind = "It expires soon: export the certificates again before."
	}
	return passed(fmt.Sprintf("The site takes client.pem, issued by %s, valid until %s.", issuer(pair.Leaf), day(pair.Leaf.NotAfter)), mind)
}

// tokenEnds says when the JWT must be replaced.
func (p *probe) tokenEnds() string {
	if end := p.keys.tokenEnd(); !end.IsZero() {
		return "It ends on " + minute(end) + ": enter a new one before."
	}
	return ""
}

func (p *probe) version(context.Context) Step {
	if p.err != nil {
		return failed(p.err)
	}
	return passed("Repository "+cut(p.about.BuildVersion, maxStart)+".", "")
}
