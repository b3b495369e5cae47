package tenant

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// maxClockDifference is how far the clocks may differ: a token that we sign is valid from one minute ago.
const maxClockDifference = clockSlack

// contact is the first call of a test, made without a pass.
type contact struct {
	answer answer
	err    error
	asked  time.Time
	made   bool
}

// first makes the first contact once. It asks as nobody: a tenant answers 401, and any answer will do.
func (p *probe) first(ctx context.Context) contact {
	if !p.contact.made {
		p.contact = contact{made: true, asked: p.now()}
		p.contact.answer, p.contact.err = send(ctx, p.http, p.get("call the tenant", "tenants/me"), Pass{})
		p.reached = p.contact.answer.status != 0
	}
	return p.contact
}

func (p *probe) resolves(ctx context.Context) (string, error) {
	if p.base == nil {
		return "", wrong("The API endpoint is no web address.", "Enter the address of the tenant, such as https://my-tenant.eu.qlikcloud.com.")
	}
	name := p.base.Hostname()
	if _, err := netip.ParseAddr(name); err == nil {
		return name + " is an address already.", nil
	}
	if p.proxied() {
		return "", untold("The outbound proxy resolves the name " + name + ".")
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil || len(found) == 0 {
		return "", wrong("The name "+name+" is not known here.", "Check the API endpoint for a typing mistake, and the name servers of this machine.")
	}
	return fmt.Sprintf("%s is %s.", name, found[0].Unmap()), nil
}

func (p *probe) proxied() bool {
	transport, ok := p.http.Transport.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return false
	}
	proxy, err := transport.Proxy(&http.Request{URL: p.base})
	return err == nil && proxy != nil
}

// encrypts looks at the certificate that the tenant presents, whether it is trusted or not.
func (p *probe) encrypts(ctx context.Context) (string, error) {
	if p.base == nil || p.base.Scheme != "https" {
		return "", untold("The address begins with http: nothing is encrypted. Only a sandbox is reached so.")
	}
	c := p.first(ctx)
	if c.answer.tls != nil && len(c.answer.tls.PeerCertificates) > 0 {
		leaf := c.answer.tls.PeerCertificates[0]
		p.report.CertificateExpires = leaf.NotAfter
		return fmt.Sprintf("%s; certificate of %s valid until %s.", tls.VersionName(c.answer.tls.Version),
			issuerName(leaf), leaf.NotAfter.UTC().Format("2 Jan 2006")), nil
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](c.err); ok {
		return "", wrong("The connection is not trusted: "+clean(fault.OfNetwork(bad), nil)+".", certificateAdvice(bad.Err))
	}
	if isPlain(c.err) {
		return "", wrong("What answers there does not speak TLS.", "Check the port of the API endpoint, and whether a proxy stands between.")
	}
	return "", untold("No connection came about.")
}

func certificateAdvice(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "The certificate is for another host. Check the API endpoint; a wrong host may be answering."
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "If a proxy of your own opens TLS, start the console with --ca-file and its authority; else do not trust this connection."
	}
	return "Look at its dates and at this machine's clock."
}

func (p *probe) reachable(ctx context.Context) (string, error) {
	if p.base == nil {
		return "", untold("The API endpoint is no web address.")
	}
	c := p.first(ctx)
	switch {
	case p.reached:
	case untrusted(c.err):
		return "", untold("No call was made over a connection that is not trusted.")
	case isDNS(c.err):
		return "", untold("The name is not known here.")
	default:
		return "", c.err
	}
	return fmt.Sprintf("%s answers with HTTP %d.", p.base.Host, c.answer.status), nil
}

func untrusted(err error) bool {
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	return bad || isPlain(err)
}

// isPlain says that what answers does not speak TLS; net/http has an error of its own for what speaks HTTP.
func isPlain(err error) bool {
	_, odd := errors.AsType[tls.RecordHeaderError](err)
	return odd || errors.Is(err, http.ErrSchemeMismatch)
}

func isDNS(err error) bool {
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// isTenant looks at how the address answers somebody whom it does not know, and else at whether it tells its tenant.
func (p *probe) isTenant(ctx context.Context) (string, error) {
	first := p.first(ctx).answer
	kind, _, _ := mime.ParseMediaType(first.header.Get("Content-Type"))
	if looksQlik(first) {
		return "It answers as the Qlik Cloud API does.", nil
	}
	if _, err := p.TenantID(ctx); err == nil {
		return "It tells its tenant.", nil
	}
	said := fmt.Sprintf(" (HTTP %d): %s", first.status, start(first.body, nil))
	switch {
	case first.status/100 == 5:
		return "", wrong("It cannot answer at the moment"+said, later)
	case first.status/100 == 3:
		return "", wrong(fmt.Sprintf("It sends callers on to another address%s (HTTP %d).", host(first.header.Get("Location")), first.status), BadAnswer.advice())
	case strings.Contains(kind, "html"):
		return "", wrong("It answers with a web page"+said, BadAnswer.advice())
	}
	return "", wrong("It answers with other data than a tenant"+said, BadAnswer.advice())
}

// looksQlik knows the envelope of errors that every service has (qlik-cloud-api.md section 0.2).
func looksQlik(a answer) bool {
	var envelope struct {
		Errors []struct {
			Code  loose
			Title loose
		}
	}
	err := json.Unmarshal(a.body, &envelope) //nolint:musttag // names are matched in any case: services differ
	return a.status/100 == 4 && err == nil && len(envelope.Errors) > 0 && envelope.Errors[0].Title != ""
}

func (p *probe) clock(context.Context) (string, error) {
	date, err := http.ParseTime(p.contact.answer.header.Get("Date"))
	if err != nil {
		return "", untold("The answer has no Date.")
	}
	difference := date.Sub(p.contact.asked.Truncate(time.Second)).Round(time.Second)
	if difference.Abs() > maxClockDifference {
		return "", wrong(fmt.Sprintf("The clocks differ by %s.", difference.Abs()),
			"Set this machine's clock by a time server: the tenant refuses tokens from the future or the past.")
	}
	return fmt.Sprintf("The clocks differ by %s at most.", difference.Abs()+time.Second), nil
}

func issuerName(leaf *x509.Certificate) string {
	if name := cmp.Or(leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, " ")); name != "" {
		return clean(name, nil)
	}
	return "an unnamed issuer"
}
