package origin

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
)

// Certificate is what may be shown of a certificate.
type Certificate struct {
	Subject   string
	NotBefore time.Time
	NotAfter  time.Time
}

// largest bounds what is read of a file that a path names.
const largest = 256 << 10

// Client gives the certificate that the console shows to the site; nil where none can be read.
func Client(c site.Connection) *Certificate {
	if c.Way != site.ByCertificate {
		return nil
	}
	return read(c.ClientPEM, c.ClientFile)
}

// Root gives the certificate that the site's own is verified against; nil where none can be read.
func Root(c site.Connection) *Certificate { return read(c.RootPEM, c.RootFile) }

// read gives the first certificate of a text or, when a path is named, of the file there. What is wrong with it is for the
// test of the connection to say.
func read(text, path string) *Certificate {
	if path != "" {
		text = fileText(path)
	}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			return &Certificate{Subject: c.Subject.String(), NotBefore: c.NotBefore, NotAfter: c.NotAfter}
		}
	}
}

// fileText is empty for a file that cannot be read. Only regular files are opened: another one could block for ever.
func fileText(path string) string {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largest))
	if err != nil {
		return ""
	}
	return string(text)
}

// expiries are all that is known to end.
func expiries(c site.Connection) []deployment.Expiry {
	if c.Kind != site.Repository {
		return nil
	}
	const exported = "Export new certificates in the QMC, Certificates, and enter them under Site."
	var all []deployment.Expiry
	add := func(what, then string, at time.Time) {
		if !at.IsZero() {
			all = append(all, deployment.Expiry{What: what, At: at, Then: then})
		}
	}
	if client := Client(c); client != nil {
		add("The site’s client certificate", exported, client.NotAfter)
	}
	if root := Root(c); root != nil {
		add("The site’s root certificate", exported, root.NotAfter)
	}
	if c.Way == site.ByProxy {
		add("The JWT for the site", "Have a new one signed for the virtual proxy, and enter it under Site.", deployment.KeyExpiry(secret.Text(jwt(c))))
	}
	return all
}

func jwt(c site.Connection) string {
	if c.JWTFile != "" {
		return fileText(c.JWTFile)
	}
	return c.JWT
}
