package repository

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongClients: each way of being wrong is refused, or cannot be loaded; the good certificate gets its answer.
func TestWrongClients(t *testing.T) {
	f := newFixture(t)
	if err := f.ping(certsOnce()); err != nil {
		t.Fatalf("the good certificate: %v", err)
	}
	for way, want := range map[Wrong]string{Expired: "", NotYet: "", OtherRoot: "", OtherKey: "private key does not match", Passphrase: "private key", NoPEM: "failed to find"} {
		dir := t.TempDir()
		good(t, WrongClient(certsOnce(), dir, way))
		err := f.ping(dir)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", way, err)
		}
	}
	if WrongClient(certsOnce(), t.TempDir(), OtherHost) == nil {
		t.Error("a client's certificate is for no host")
	}
	dir := t.TempDir()
	good(t, WrongClient(certsOnce(), dir, Passphrase))
	if !strings.HasPrefix(string(read(t, dir, "client_key.pem")), "-----BEGIN ENCRYPTED PRIVATE KEY-----") {
		t.Error("the key asks for no passphrase")
	}
}

// ping calls with the certificates of a folder.
func (f *fixture) ping(dir string) error {
	f.t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client_key.pem"))
	if err != nil {
		return err
	}
	return pingWith(f.t, f.base, dir, pair)
}

func pingWith(t *testing.T, base, dir string, pair tls.Certificate) error {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	good(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}}}
	defer client.CloseIdleConnections()
	r, err := client.Get(base + "/ssl/ping")
	if err != nil {
		return err
	}
	return r.Body.Close()
}

// TestWrongServers: a client that verifies the server trusts none of them.
func TestWrongServers(t *testing.T) {
	f := newFixture(t)
	pair, err := tls.LoadX509KeyPair(filepath.Join(certsOnce(), "client.pem"), filepath.Join(certsOnce(), "client_key.pem"))
	good(t, err)
	for way, want := range map[Wrong]string{Expired: "expired", NotYet: "not yet valid", OtherRoot: "unknown authority", OtherHost: "valid for"} {
		config, err := WrongServer(certsOnce(), way)
		good(t, err)
		server := serve(f.s.Trusted(), config)
		if err := pingWith(t, server.URL, certsOnce(), pair); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", way, err)
		}
		server.Close()
	}
	if _, err := WrongServer(certsOnce(), Passphrase); err == nil {
		t.Error("a server's key asks for no passphrase")
	}
}
