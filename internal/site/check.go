package site

import (
	"net"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// The bounds of what a connection may say.
const (
	maxExports  = 16
	shortest    = time.Second
	longestLook = time.Hour
	longestTime = 24 * time.Hour
	minutes     = 24 * 60
)

// Check gives what is wrong with a connection, by the name of the form field, in sentences that say what to do. Whether the site is
// there, and takes the certificate, is the matter of a test.
func (c Connection) Check() map[string]string {
	faults := map[string]string{}
	say := func(field, fault string) {
		if fault != "" {
			faults[field] = fault
		}
	}
	switch c.Kind {
	case Embedded:
		return nil
	case Repository:
	default:
		return map[string]string{"kind": "Choose where the apps come from: a Qlik repository, or the embedded site."}
	}
	say("host", checkHost(c.Host))
	if c.Port < 0 || c.Port > 65535 {
		say("port", "Enter a port from 1 to 65535, or leave it empty for the usual one.")
	}
	c.checkSignIn(say)
	say("callback", checkCallback(c.Callback))
	c.checkTimes(say)
	return faults
}

func (c Connection) checkSignIn(say func(field, fault string)) {
	switch c.Way {
	case ByCertificate:
		c.checkCertificate(say)
		if c.UserDirectory == "" {
			say("directory", "Enter the user directory of the user that the console acts as, such as SERVICE.")
		}
		if c.UserID == "" {
			say("user", "Enter the user that the console acts as, such as skyferry.")
		}
	case ByProxy:
		if strings.ContainsFunc(c.Prefix, unicode.IsSpace) || strings.ContainsAny(c.Prefix, `?#:\`) {
			say("prefix", "Enter the prefix of the virtual proxy alone, such as skyferry, without the address of the server.")
		}
		say("jwt", c.checkJWT())
		if c.RootPEM != "" {
			say("root", checkCertificates(c.RootPEM, "root.pem"))
		}
	default:
		say("way", "Choose how the console signs in: with a certificate, or through the proxy with a JWT.")
	}
}

func checkHost(host string) string {
	switch {
	case host == "":
		return "Enter the name or the IP address of the server with the Qlik Sense repository, such as sense.example.com."
	case strings.Contains(host, "://") || strings.ContainsAny(host, "/?#@\\"):
		return "Enter the name or the IP address alone, without https:// and without what follows the name."
	case net.ParseIP(strings.Trim(host, "[]")) != nil:
		return ""
	case strings.Contains(host, ":"):
		return "Enter the name or the IP address alone. The port has a field of its own."
	case strings.ContainsFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
	}):
		return "This is no name of a server. Enter the name or the IP address of the server with the Qlik Sense repository."
	default:
		return ""
	}
}

func (c Connection) checkJWT() string {
	switch {
	case c.JWT == "" && c.JWTFile == "":
		return "Enter the JWT that the virtual proxy accepts, or the path of its file on the console's host."
	case c.JWT != "" && c.JWTFile != "":
		return "Enter either the JWT or the path of its file, not both."
	case c.JWT == "":
		return ""
	case strings.HasPrefix(strings.ToLower(c.JWT), "bearer "):
		return "Enter the JWT alone, without the word Bearer."
	case strings.Count(c.JWT, ".") != 2 || strings.ContainsFunc(c.JWT, unicode.IsSpace):
		return "This is no signed JWT: it has three parts with points between them, and no blanks. Copy it whole."
	default:
		return ""
	}
}

func checkCallback(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "Enter the address under which the repository reaches this console, such as https://skyferry.example.com:8080, or leave it empty to look at the site from time to time."
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "Enter the address alone, without a user, a question mark or a #."
	default:
		return ""
	}
}

func (c Connection) checkTimes(say func(field, fault string)) {
	if c.Look != 0 && (c.Look < shortest || c.Look > longestLook) {
		say("look", "Enter a time from 1 second to 1 hour. 30 seconds do for most sites.")
	}
	if c.Sweep != 0 && (c.Sweep < shortest || c.Sweep > longestTime) {
		say("sweep", "Enter a time from 1 second to 24 hours. 15 minutes do for most sites.")
	}
	if c.Exports < 0 || c.Exports > maxExports {
		say("exports", "Enter a number from 1 to 16. The site's engine is shared with people: 1 does for most sites.")
	}
	for field, minute := range map[string]int{"windowfrom": c.Window.From, "windowto": c.Window.To} {
		if minute < 0 || minute >= minutes {
			say(field, "Enter a time of day, such as 22:00.")
		}
	}
}
