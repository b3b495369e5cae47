package deployment

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Origin gives the canonical origin of an API endpoint: scheme, host and port in lower case, without the scheme's default
// port. Two deployments with one origin would share a tenant. The errors are sentences for the field.
func Origin(endpoint string) (string, error) {
	u, err := parseAddress(endpoint)
	if err != nil {
		return "", err
	}
	if strings.Trim(u.EscapedPath(), "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("Enter the address of the tenant only, without a path, such as https://my-tenant.eu.qlikcloud.com.") //nolint:staticcheck // a sentence for the page
	}
	return u.Scheme + "://" + canonicalHost(u), nil
}

// parseAddress reads an http or https address that has a host and no user name.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, errors.New("Enter an address that begins with https:// (or http://), such as https://my-tenant.eu.qlikcloud.com.") //nolint:staticcheck // a sentence for the page
	case len(u.Host) > maxHost || !isPort(u.Port()):
		return nil, errors.New("No host can have this address. Copy it from the tenant, such as https://my-tenant.eu.qlikcloud.com.") //nolint:staticcheck // a sentence for the page
	case u.User != nil:
		return nil, errors.New("Leave user name and password out of the address.") //nolint:staticcheck // a sentence for the page
	}
	return u, nil
}

// maxHost is the longest name of a host (RFC 1035: 253 bytes) with its port.
const maxHost = 253 + len(":65535")

// isPort says whether a port can be dialled; "" is the scheme's own.
func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}

// SameHost says whether two addresses, such as token endpoints, have the same scheme, host and port.
func SameHost(a, b string) bool {
	first, err := parseAddress(a)
	if err != nil {
		return false
	}
	second, err := parseAddress(b)
	return err == nil && first.Scheme == second.Scheme && canonicalHost(first) == canonicalHost(second)
}

func canonicalHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	host = strings.TrimSuffix(host, ".") // a name with the root's dot is the same name
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]" // IPv6
	}
	return host
}

// Host gives the endpoint's host, with its port when it is not the default one: what people recognise a tenant by.
func (d Deployment) Host() string {
	u, err := url.Parse(d.Endpoint)
	if err != nil {
		return ""
	}
	return u.Host
}
