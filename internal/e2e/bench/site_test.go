package bench

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
	"github.com/skyferry/skyferry/internal/sandbox/repository"
)

// qrs is a sandbox repository as a process of its own.
type qrs struct {
	driver.Site
	*program.Process

	address, certs string
}

// openSite starts a repository on a folder.
func openSite(b *testing.B, folder string) qrs {
	b.Helper()
	s := qrs{certs: filepath.Join(folder, "certs"), address: program.FreeAddress(b)}
	s.Process = program.Start(b, environment, []string{"repository"}, "sandbox", "repository", "--listen", s.address,
		"--hub-listen", program.FreeAddress(b), "--certs", s.certs, "--data", filepath.Join(folder, "data"))
	s.Site = driver.Site{Base: strings.Fields(s.Lines["repository"][0])[3], Key: apiKey} // NAME https://HOST:PORT hub http://HOST:PORT ...
	return s
}

// serveSite starts a console with this site; callback says whether it is called back.
func (s qrs) serveSite(b *testing.B, folder string, look time.Duration, callback bool, flags ...string) *program.Process {
	b.Helper()
	listen := program.FreeAddress(b)
	of := program.Repository{Address: s.address, Certs: s.certs, Look: look, Sweep: 15 * time.Minute}
	if callback {
		of.Callback = "http://" + listen
	}
	args := []string{"serve", "--data", folder, "--listen", listen, "--allow-target", "127.0.0.0/8", "--log-level", "warn"}
	return program.Start(b, append(of.Environment(), environment...), []string{"console"}, append(args, flags...)...)
}

// client holds the site's certificate.
func (s qrs) client(b *testing.B) *http.Client {
	b.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(s.certs, "client.pem"), filepath.Join(s.certs, "client_key.pem"))
	good(b, err)
	text, err := os.ReadFile(filepath.Join(s.certs, "root.pem"))
	good(b, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// largeSite makes the folder of a repository with many apps.
func largeSite(b *testing.B, many int) string {
	b.Helper()
	folder := b.TempDir()
	server, err := repository.Open(repository.Options{Dir: filepath.Join(folder, "data"), Certs: filepath.Join(folder, "certs"), AdminKey: apiKey})
	good(b, err)
	_, err = server.Fill(b.Context(), many)
	good(b, err)
	good(b, server.Close())
	return folder
}
