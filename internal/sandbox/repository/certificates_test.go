package repository

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, dir, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	good(t, err)
	return text
}

// TestCertificatesAreKept: a further start makes nothing anew but a server certificate that is not for its address.
func TestCertificatesAreKept(t *testing.T) {
	dir := t.TempDir()
	good(t, os.CopyFS(dir, os.DirFS(certsOnce())))
	root, client, server := read(t, dir, "root.pem"), read(t, dir, "client.pem"), read(t, dir, "server.pem")
	_, err := openCertificates(dir, []string{"127.0.0.1"}, time.Now())
	good(t, err)
	if !bytes.Equal(server, read(t, dir, "server.pem")) {
		t.Error("the server certificate was made anew without need")
	}
	c, err := openCertificates(dir, []string{"192.0.2.7", "qlik.example"}, time.Now())
	good(t, err)
	leaf, err := x509.ParseCertificate(c.server.Certificate[0])
	good(t, err)
	for _, host := range []string{"192.0.2.7", "qlik.example", "localhost", "127.0.0.1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: c.root}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if !bytes.Equal(root, read(t, dir, "root.pem")) || !bytes.Equal(client, read(t, dir, "client.pem")) {
		t.Error("root or client were made anew")
	}
}

func TestBrokenCertificatesAreToldOf(t *testing.T) {
	dir := t.TempDir()
	good(t, os.CopyFS(dir, os.DirFS(certsOnce())))
	good(t, os.WriteFile(filepath.Join(dir, "client_key.pem"), read(t, dir, "server_key.pem"), 0o600))
	if _, err := openCertificates(dir, nil, time.Now()); err == nil || !strings.Contains(err.Error(), "client_key.pem is no key of client.pem") {
		t.Errorf("a key of another certificate: %v", err)
	}
}

// TestStrangersAreRefused: a certificate of another root, or one that is over, gets no answer.
func TestStrangersAreRefused(t *testing.T) {
	f := newFixture(t)
	for name, made := range map[string]time.Time{"another root": time.Now(), "over": time.Now().Add(-certificateLife - 48*time.Hour)} {
		dir := t.TempDir()
		if name == "over" { // of the right root, but of a past time
			for _, file := range []string{"root.pem", "root_key.pem"} {
				good(t, os.WriteFile(filepath.Join(dir, file), read(t, certsOnce(), file), 0o600))
			}
		}
		_, err := openCertificates(dir, nil, made)
		good(t, err)
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client_key.pem"))
		good(t, err)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}}}
		if r, err := client.Get(f.base + "/ssl/ping"); err == nil {
			r.Body.Close()
			t.Errorf("%s: answered %d", name, r.StatusCode)
		}
		client.CloseIdleConnections()
	}
}
