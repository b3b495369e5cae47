package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// broken is the error of a call that got no answer, or only a part of one.
func (c *Client) broken(parent context.Context, w *watch, k call, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return c.lost(k, e.Kind, err, e.Said, e.Remedy)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // a *url.Error prints the address with its query
	}
	if cause := context.Cause(w.ctx); parent.Err() == nil && cause != nil {
		err = cause
	}
	switch {
	case parent.Err() != nil:
		return c.lost(k, Interrupted, context.Cause(parent), "The console ended the call.", "")
	case errors.Is(err, errIdle), errors.Is(err, errLong):
		return c.lost(k, Slow, err, c.origin.Host+" is too slow: "+err.Error()+".", "Look at the load of the site's server, and at what lies between.")
	}
	if e := c.untrusted(k, err); e != nil {
		return e
	}
	return c.unreachable(k, err)
}

func (c *Client) lost(k call, kind Kind, cause error, said, remedy string) *Error {
	return &Error{Call: k.name, Kind: kind, Said: said, Remedy: remedy, cause: cause}
}

// untrusted is the error of a handshake that failed for a certificate, or nil.
func (c *Client) untrusted(k call, err error) *Error {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		said, remedy := c.serverCertificate(bad)
		return c.lost(k, TLS, err, said, remedy)
	}
	if header, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		said := "What listens at " + c.origin.Host + " does not speak TLS."
		if strings.HasPrefix(string(header.RecordHeader[:]), "HTTP") {
			said = "What listens at " + c.origin.Host + " speaks plain http."
		}
		return c.lost(k, WrongPort, err, said, c.rightPort())
	}
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" {
		return c.alerted(k, err, alert.Err.Error())
	}
	return nil
}

// alerted is the error of a server that ended the handshake and said why, by an alert of TLS.
func (c *Client) alerted(k call, err error, alert string) *Error {
	alert = cut(strings.TrimPrefix(alert, "tls: "), maxWords)
	about := strings.Contains(alert, "certificate") || strings.Contains(alert, "access denied") || strings.Contains(alert, "handshake failure")
	switch {
	case !about:
		return c.lost(k, TLS, err, c.origin.Host+" ended the TLS handshake ("+alert+").", c.rightPort())
	case c.keys.Way == site.ByProxy:
		return c.lost(k, WrongPort, err, c.origin.Host+" demands a client certificate.", "Enter the port of the proxy, 443 by default, or sign in by certificate.")
	}
	return c.lost(k, Certificate, err, "The site refuses client.pem ("+alert+")."+c.foreign(), fmt.Sprintf(exportAgain, "all three files")+" Each site takes only its own certificates.")
}

// foreign says that client.pem and root.pem are of different sites, where that is so.
func (c *Client) foreign() string {
	_, roots, _ := c.keys.roots() // they were read for the handshake
	pair, err := c.keys.pair()
	if err != nil || len(roots) == 0 || pair.Leaf.Issuer.String() == roots[0].Subject.String() {
		return ""
	}
	return fmt.Sprintf(" It was issued by %s, and root.pem is of %s.", issuer(pair.Leaf), subject(roots[0]))
}

func subject(c *x509.Certificate) string { return "“" + cut(c.Subject.CommonName, maxStart) + "”" }

// serverCertificate says what is wrong with the server's certificate, and what to do.
func (c *Client) serverCertificate(bad *tls.CertificateVerificationError) (said, remedy string) {
	leaf, host := bad.UnverifiedCertificates[0], c.origin.Hostname()
	if _, ok := errors.AsType[x509.HostnameError](bad.Err); ok {
		return fmt.Sprintf("The certificate of %s is for %s, and not for %s.", c.origin.Host, names(leaf), host),
			"Enter as host a name that the certificate is for. If the name is right, another server answers at that address."
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](bad.Err); ok && invalid.Reason == x509.Expired {
		if c.now().Before(leaf.NotBefore) {
			return fmt.Sprintf("The certificate of %s is valid from %s only, and here it is %s.", c.origin.Host, minute(leaf.NotBefore), minute(c.now())), "Set the clock of the console's host by a time server."
		}
		return fmt.Sprintf("The certificate of %s expired on %s.", c.origin.Host, day(leaf.NotAfter)), "Let the site make new certificates, and look at the clock of the console's host; then export them again."
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](bad.Err); ok {
		return c.strangeIssuer(leaf)
	}
	return fmt.Sprintf("The certificate of %s cannot be trusted (%s).", c.origin.Host, reason(bad.Err)), "Compare it with root.pem, and let the site make new certificates."
}

func (c *Client) strangeIssuer(leaf *x509.Certificate) (said, remedy string) {
	_, roots, _ := c.keys.roots() // they were read for the handshake
	if len(roots) == 0 {
		return fmt.Sprintf("The certificate of %s was issued by %s, which this host does not know.", c.origin.Host, issuer(leaf)),
			"Enter the certificate of that authority as root.pem; for the proxy's own certificate it is the root.pem of the QMC's export."
	}
	return fmt.Sprintf("The certificate of %s was issued by %s and does not come from root.pem, which is of %s.", c.origin.Host, issuer(leaf), subject(roots[0])),
		"Take root.pem from this site's own export. If it is, another server answers: " + c.rightPort()
}

// rightPort says what the port shall be.
func (c *Client) rightPort() string {
	if c.keys.Way == site.ByProxy {
		return "The proxy listens at 443 by default, and speaks https."
	}
	return "The repository listens at 4242; 443 is the proxy, which takes no certificates."
}

// rightPlace is the remedy when something else than a repository answers.
func (c *Client) rightPlace() string {
	if c.keys.Way == site.ByProxy {
		return "Check the prefix of the virtual proxy: no repository answers there. " + c.rightPort()
	}
	return "Is it a repository of Qlik Sense? " + c.rightPort()
}

// unreachable is the error when nothing answered, or the connection broke off.
func (c *Client) unreachable(k call, err error) *Error {
	host := c.origin.Host
	said, remedy := "The connection to "+host+" broke off: "+reason(err)+".", "Look at the network, and whether the service was restarted."
	if c.keys.Way == site.ByCertificate {
		remedy += " A site that refuses client.pem may end connections so, too."
	}
	_, greeted := errors.AsType[*handshakeError](err)
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case unknown:
		said, remedy = "The name "+c.origin.Hostname()+" is not known here.", "Check the host for a typing mistake, and the name servers of the console's host."
	case errors.Is(err, syscall.ECONNREFUSED):
		said, remedy = "Nothing listens at "+host+".", c.rightPort()+" Check the port, whether the service runs, and the firewall."
	case errors.Is(err, errDial), isTimeout(err):
		said, remedy = host+" does not answer.", "Open the port in the site's firewall for the console's host, and check host and port."
		if greeted {
			said, remedy = host+" takes connections and does not answer in TLS.", c.rightPort()
		}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		said, remedy = "There is no way to "+host+" from here.", "Check the host, and the routes and firewalls between."
	case greeted:
		said, remedy = host+" ended the TLS handshake without a word.", c.rightPort()+" It may also refuse the client certificate: compare the export with the site."
	}
	return c.lost(k, Unreachable, err, said, remedy)
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)
}

// reason is the innermost cause, for people.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "the console may not read it"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return cut(fault.OfNetwork(err), maxWords)
}
