package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// handshake is what one agreement on TLS showed.
type handshake struct {
	leaf     *x509.Certificate // the server's; nil: none was seen
	verified bool              // it is the site's
	version  uint16
	asked    bool // for our certificate
}

// tlsConfig is made for each connection, so that renewed files are taken up.
func (k credentials) tlsConfig(host string, seen *handshake) (*tls.Config, error) {
	config, err := k.serverConfig(host, seen)
	if err != nil || k.Way == site.ByProxy {
		return config, err
	}
	pair, err := k.pair()
	if err != nil {
		return nil, err
	}
	// It is sent whatever authorities the server names: then the server says what is wrong with it.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		seen.asked = true
		return &pair, nil
	}
	return config, nil
}

// serverConfig is tlsConfig without a certificate of ours. The server's is verified by verify, which also takes a name that stands as
// common name only.
func (k credentials) serverConfig(host string, seen *handshake) (*tls.Config, error) {
	pool, roots, err := k.roots()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: host,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies; without it the certificates of older sites could not be
		VerifyConnection: func(state tls.ConnectionState) error {
			seen.version, seen.leaf = state.Version, state.PeerCertificates[0]
			if err := k.verify(host, pool, state.PeerCertificates); err != nil {
				return &tls.CertificateVerificationError{UnverifiedCertificates: append(state.PeerCertificates, roots...), Err: err}
			}
			seen.verified = true
			return nil
		},
		// http.sys may ask for the client certificate only after it has seen the address (TLS 1.2).
		Renegotiation: tls.RenegotiateOnceAsClient,
	}, nil
}

// verify holds the server's certificates against the roots (nil: the host's), the clock and the host. Of root.pem a certificate is
// accepted, too, that has the host as common name and no other names: the authority of a site signs for that site alone.
func (k credentials) verify(host string, pool *x509.CertPool, chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	leaf := chain[0]
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: k.now()}); err != nil {
		return err
	}
	bare := len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.URIs)+len(leaf.EmailAddresses) == 0
	if pool != nil && bare && strings.EqualFold(leaf.Subject.CommonName, host) {
		return nil
	}
	return leaf.VerifyHostname(host)
}

// connect dials and agrees on TLS, within the time for both.
func (c *Client) connect(ctx context.Context, address string, config *tls.Config) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limits.dial, errDial)
	defer cancel()
	plain, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(plain, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = plain.Close() // the first error is the one that helps
		return nil, &handshakeError{err}
	}
	return conn, nil
}

// handshakeError says that something answered the dial, and that TLS failed.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// names is what people call a certificate by.
func names(c *x509.Certificate) string {
	list := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		if name := ip.String(); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		list = append(list, c.Subject.CommonName)
	}
	return cut(strings.Join(list, ", "), maxWords)
}

func issuer(c *x509.Certificate) string {
	if name := c.Issuer.CommonName; name != "" {
		return "“" + cut(name, maxStart) + "”"
	}
	return "an unnamed issuer"
}
