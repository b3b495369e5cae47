package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// maxRefusal bounds what is read of an answer that is not 2xx, in bytes.
const maxRefusal = 64 << 10

// refusal is the error of an answer that is not 2xx. Only the repository's own words count as its verdict: a page in HTML, as
// http.sys and proxies write them, never says that an app is gone.
func (c *Client) refusal(a *answer) *Error {
	body, err := io.ReadAll(io.LimitReader(a, maxRefusal))
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Interrupted {
		return e
	}
	switch {
	case a.status/100 == 3:
		return c.redirected(a)
	case a.status == http.StatusUnauthorized:
		return c.notSignedIn(a)
	case isPage(a.header.Get("Content-Type"), body), a.status == http.StatusProxyAuthRequired:
		return c.page(a, body)
	}
	kind, said, remedy := c.verdict(a, string(body))
	return c.judged(a, kind, said+" (HTTP "+fmt.Sprint(a.status)+words(body)+").", remedy)
}

func words(body []byte) string {
	if text := cut(string(body), maxWords); text != "" {
		return ": “" + text + "”"
	}
	return ""
}

func (c *Client) judged(a *answer, kind Kind, said, remedy string) *Error {
	return &Error{Call: a.call.name, Kind: kind, Status: a.status, Said: said, Remedy: remedy}
}

// verdict is what the repository itself says, by status.
func (c *Client) verdict(a *answer, body string) (kind Kind, said, remedy string) {
	switch {
	case a.status == http.StatusForbidden && strings.Contains(body, "XSRF"):
		return XSRF, "The repository did not get the xrfkey as it was sent", "Something between changes queries or headers: let it pass both as they are."
	case a.status == http.StatusForbidden:
		return Forbidden, "The repository does not allow it to the user " + c.user, c.grant(a.call.right)
	case a.status == http.StatusNotFound && !a.call.named:
		return NotQRS, c.origin.Host + " does not know this call", c.rightPlace()
	case a.status == http.StatusNotFound:
		return NotFound, "The repository does not know it, or hides it from the user " + c.user, "Look in the QMC whether it is there, and at the user's rights."
	case a.status == http.StatusConflict:
		return Conflict, "It was changed on the site meanwhile", "Look at it as it is now, and decide anew."
	case a.status == http.StatusServiceUnavailable:
		return Booting, "The repository is not ready", "It is asked again. If it lasts, look at the Repository Service."
	case a.status/100 == 5:
		return Failed, "The repository failed", "Look at the site's Repository and Engine logs of this moment. It is tried again."
	}
	return Refused, "The repository refuses it", "If its words do not help, look at the Repository log of this moment."
}

// grant says how the user gets a right.
func (c *Client) grant(right string) string {
	if right == "" {
		right = "the right to it"
	}
	return fmt.Sprintf("Give the user %s %s by a security rule in the QMC; the Site page has one ready.", c.user, right)
}

// redirected is the error of an answer that sends us elsewhere: QRS never does, proxies send to their sign-in.
func (c *Client) redirected(a *answer) *Error {
	to := ""
	if u, err := url.Parse(a.header.Get("Location")); err == nil && u.Host != "" {
		to = " to " + cut(u.Host, maxStart)
	}
	said := fmt.Sprintf("%s sends the call on%s (HTTP %d), which the repository never does.", c.origin.Host, to, a.status)
	if c.keys.Way == site.ByProxy {
		return c.judged(a, SignIn, said, c.rightProxy())
	}
	return c.judged(a, WrongPort, said, c.rightPort())
}

func (c *Client) notSignedIn(a *answer) *Error {
	if c.keys.Way == site.ByProxy {
		return c.judged(a, SignIn, "The proxy does not accept the JWT (HTTP 401).", c.rightProxy())
	}
	return c.judged(a, WrongPort, c.origin.Host+" does not take the certificate for a sign-in (HTTP 401).", c.rightPort())
}

func (c *Client) rightProxy() string {
	return "Check the prefix of the virtual proxy, that its authentication method is JWT, that the certificate entered there belongs to the key that signed the JWT, and that its two attributes are in the JWT."
}

// page is the error of a web page where data was expected. While it starts, the repository answers so, too
// (qlik-repository-api.md section 1.4).
func (c *Client) page(a *answer, body []byte) *Error {
	name := title(body)
	if name != "" {
		name = ", “" + name + "”"
	}
	said := fmt.Sprintf("%s answers with a web page (HTTP %d%s) instead of data.", c.origin.Host, a.status, name)
	switch a.status {
	case http.StatusProxyAuthRequired:
		return c.judged(a, NotQRS, "An http proxy in between demands a sign-in (HTTP 407).", "Let the console reach the site without that proxy.")
	case http.StatusServiceUnavailable:
		return c.judged(a, Booting, said, "The Repository Service starts, or is stopped: it is asked again. If it lasts, look at the service, and whether an http proxy answers in its place.")
	}
	return c.judged(a, NotQRS, said, "If the Repository Service was just started, wait a minute. Else another server or an http proxy answers: "+c.rightPort())
}

// odd is the error of an answer of 2xx that does not follow the contract.
func (c *Client) odd(a *answer, body []byte, what string) *Error {
	return c.judged(a, BadAnswer, fmt.Sprintf("%s (HTTP %d): %s.", what, a.status, begins(body)), "Check that a repository of Qlik Sense answers at "+c.origin.Host+", and its version.")
}
