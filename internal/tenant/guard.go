package tenant

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Guard says where outgoing calls may go: the public internet, and what AllowTargets adds. Link-local and metadata
// addresses stay forbidden even then (design.md section 5, "Outgoing addresses").
type Guard struct {
	AllowTargets  []netip.Prefix // private and loopback ranges that an operator opened
	OutboundProxy *url.URL       // nil: direct. Proxy variables of the environment are never read
	CAFile        string         // PEM file of further certificate authorities, "" for the system's only
}

// ErrForbiddenTarget is in the chain of the error of a call that the guard stopped.
var ErrForbiddenTarget = errors.New("the console may not call this address")

// metadata are addresses of cloud metadata services that are neither link-local nor (all of them) private.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("100.100.100.200/32"),
	netip.MustParsePrefix("192.0.0.192/32"),
	netip.MustParsePrefix("fd00:ec2::254/128"),
	netip.MustParsePrefix("fd20:ce::254/128"),
}

// NewHTTPClient makes the client for all calls to addresses that an admin entered. It has no total timeout, because an
// upload may take hours; every call of this package has its own end. It fails when the CA file cannot be used.
func NewHTTPClient(guard Guard) (*http.Client, error) {
	roots, err := guard.roots()
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		Proxy:                  guard.proxy,
		DialContext:            guard.dialer().DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 64 << 10,
		WriteBufferSize:        64 << 10,
	}}, nil
}

func (g Guard) roots() (*x509.CertPool, error) {
	if g.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(g.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("the CA file %s holds no certificate in PEM format", g.CAFile)
	}
	return pool, nil
}

// dialer checks each address after name resolution. With a proxy every dial goes to the proxy, which the operator chose.
func (g Guard) dialer() *net.Dialer {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if g.OutboundProxy == nil {
		d.Control = g.control()
	}
	return d
}

func (g Guard) control() func(network, address string, c syscall.RawConn) error {
	check := g.check()
	return func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w (%s)", ErrForbiddenTarget, address)
		}
		return check(target.Addr())
	}
}

// check gives the rule for one address.
func (g Guard) check() func(netip.Addr) error {
	var v4, v6 []netip.Prefix
	for _, p := range g.AllowTargets {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guardian := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return func(ip netip.Addr) error {
		ip = ip.Unmap().WithZone("")
		switch {
		case never(ip):
			return fmt.Errorf("%w, and no operator can open it (%s)", ErrForbiddenTarget, ip)
		case guardian.SafeAddr(ip) != nil:
			return fmt.Errorf("%w; an operator can open private ranges with --allow-target (%s)", ErrForbiddenTarget, ip)
		}
		return nil
	}
}

// never reports addresses that no operator can open.
func never(ip netip.Addr) bool {
	return ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() ||
		slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// proxy gives the explicit proxy. The proxy resolves names, so only literal addresses can be checked here.
func (g Guard) proxy(r *http.Request) (*url.URL, error) {
	if g.OutboundProxy == nil {
		return nil, nil
	}
	name := r.URL.Hostname()
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		name = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		if err := g.check()(ip); err != nil {
			return nil, err
		}
	}
	return g.OutboundProxy, nil
}
