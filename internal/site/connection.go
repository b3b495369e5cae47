package site

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Kind says where the apps of the site come from.
type Kind string

// The kinds of sites.
const (
	Unset      Kind = ""           // nobody has said yet: the console asks for it before anything else
	Embedded   Kind = "embedded"   // the console's own library of uploaded files
	Repository Kind = "repository" // the repository (QRS) of a client-managed Qlik Sense site
)

// Way is how the console signs in to a repository (qlik-repository-api.md section 1).
type Way string

// The ways of signing in.
const (
	ByCertificate Way = "certificate" // port 4242, mutual TLS with the certificates that the QMC exports, and X-Qlik-User
	ByProxy       Way = "proxy"       // through a virtual proxy, with a JWT
)

// Words names the kind as the pages do; empty for none.
func (k Kind) Words() string {
	return map[Kind]string{Embedded: "Embedded site", Repository: "Qlik repository"}[k]
}

// Words names the way as the pages do; empty for none.
func (w Way) Words() string {
	return map[Way]string{ByCertificate: "Certificates, at port 4242", ByProxy: "JWT, through the proxy"}[w]
}

// Default values of a connection.
const (
	RepositoryPort = 4242
	ProxyPort      = 443
	DefaultExports = 1
	DefaultLook    = 30 * time.Second
	DefaultSweep   = 15 * time.Minute
	DefaultUser    = "SERVICE\\skyferry"
)

// Connection says where the site is, how the console signs in there, and what it may do there. A certificate, a key and a JWT are
// given as text or as the path of a file on the console's host; a path is read anew at each connect, so that a renewal needs nobody.
type Connection struct {
	Kind Kind
	Way  Way
	Host string // name or IP address, without scheme
	Port int    // 0: the default of the way

	ClientPEM, ClientFile string // client.pem
	KeyPEM, KeyFile       string // client_key.pem; the text is a secret
	RootPEM, RootFile     string // root.pem: what the server's certificate is verified against; empty with ByProxy: the host's own authorities
	UserDirectory, UserID string // of the user that the console acts as (ByCertificate)
	Prefix                string // of the virtual proxy, without slashes (ByProxy)
	JWT, JWTFile          string // a secret (ByProxy)

	// Callback is the address under which the site's repository reaches the console, such as https://skyferry.example:8080; empty: the
	// site is looked at from time to time, and that alone.
	Callback    string
	Look        time.Duration // between two looks at what changed; 0: DefaultLook
	Sweep       time.Duration // between two full sweeps; 0: DefaultSweep
	Exports     int           // at once; 0: DefaultExports
	Window      Window        // when exports may begin
	Acting      bool          // the console may publish, move and set custom properties on the site
	ObserveOnly bool          // everything is decided and shown, nothing is exported and sent

	Fixed      bool // it comes from the command line or the environment, so that nobody changes it here
	Version    int64
	Modified   time.Time
	ModifiedBy string
}

// Window is a span of each day, in minutes after midnight, local time of the console's host; it may pass midnight. From equal to To
// is the whole day.
type Window struct{ From, To int }

// Always says whether the window is the whole day.
func (w Window) Always() bool { return w.From == w.To }

// Open says whether a moment is in the window, and if not, when it opens next.
func (w Window) Open(now time.Time) (open bool, next time.Time) {
	minute := now.Hour()*60 + now.Minute()
	inside := w.Always() || (w.From < w.To && minute >= w.From && minute < w.To) || (w.From > w.To && (minute >= w.From || minute < w.To))
	if inside {
		return true, now
	}
	next = time.Date(now.Year(), now.Month(), now.Day(), 0, w.From, 0, 0, now.Location())
	if next.Before(now) {
		next = time.Date(now.Year(), now.Month(), now.Day()+1, 0, w.From, 0, 0, now.Location())
	}
	return false, next
}

// Origin is the address of the repository: scheme, host, port and, through a proxy, the prefix.
func (c Connection) Origin() *url.URL {
	port := c.Port
	if port == 0 {
		port = RepositoryPort
		if c.Way == ByProxy {
			port = ProxyPort
		}
	}
	host := c.Host
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	u := &url.URL{Scheme: "https", Host: host + ":" + strconv.Itoa(port)}
	if c.Way == ByProxy && c.Prefix != "" {
		u.Path = "/" + strings.Trim(c.Prefix, "/")
	}
	return u
}

// SameSite says whether two connections lead to the same place, so that what is known of the apps stays true.
func (c Connection) SameSite(o Connection) bool {
	return c.Kind == o.Kind && (c.Kind != Repository || c.Origin().Hostname() == o.Origin().Hostname())
}

// Rights say what the console can do with the site's apps. Whatever is false is not offered, and Why says why.
type Rights struct {
	Upload, Publish, Move, Unpublish, Replace, Delete bool
	Edit                                              bool // name, description, tags
	Properties                                        bool // values of custom properties on apps
	Define                                            bool // streams and custom property definitions
	Why                                               string
}

// Rights gives what can be done with the apps of this site. A repository has no call for everything
// (qlik-repository-api.md sections 0 and 3.3), and is only acted on when that is switched on.
func (c Connection) Rights() Rights {
	switch {
	case c.Kind != Repository:
		return Rights{Upload: true, Publish: true, Move: true, Unpublish: true, Replace: true, Delete: true, Edit: true, Properties: true, Define: true}
	case !c.Acting:
		return Rights{Why: "This comes from the site at " + c.Host + " and is changed there, in the QMC or the hub."}
	}
	return Rights{Publish: true, Move: true, Properties: true,
		Why: "This comes from the site at " + c.Host + ". From here apps are published, moved and given values of custom properties; everything else is changed in the QMC or the hub."}
}

// String names the connection without its secrets, so that no log and no error can tell them.
func (c Connection) String() string {
	if c.Kind != Repository {
		return string(c.Kind) + " site"
	}
	return "repository " + c.Origin().String()
}

// GoString is String.
func (c Connection) GoString() string { return c.String() }
