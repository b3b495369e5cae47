package api_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// What is wrong with certificates, keys and tokens is said before anything is called.
func TestBadCredentials(t *testing.T) {
	a := newAuthority(t, "win-a-CA")
	cert, key := a.leaf(nil)
	_, otherKey := a.leaf(nil)
	expired, expiredKey := a.leaf(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
		if c.NotAfter.After(time.Now()) {
			c.NotAfter = time.Now().Add(-time.Hour)
		}
	})
	early, earlyKey := a.leaf(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
	})
	locked := block("ENCRYPTED PRIVATE KEY", []byte("secret"))
	oldLocked := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("secret")}))
	huge := filepath.Join(t.TempDir(), "huge.pem")
	good(t, os.WriteFile(huge, make([]byte, 1<<20+1), 0o600))
	pipe := filepath.Join(t.TempDir(), "pipe")
	good(t, syscall.Mkfifo(pipe, 0o600))
	token := func(payload string) string {
		return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	byCertificate := func(change func(*site.Connection)) site.Connection {
		c := site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.example", ClientPEM: cert, KeyPEM: key, RootPEM: a.root()}
		change(&c)
		return c
	}
	byProxy := func(change func(*site.Connection)) site.Connection {
		c := site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: "sense.example", Prefix: "jwt", JWT: token(`{"userId":"x"}`)}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		connection site.Connection
		kind       api.Kind
		words      string
	}{
		"all is well":             {byCertificate(func(*site.Connection) {}), "", ""},
		"all is well, proxy":      {byProxy(func(*site.Connection) {}), "", ""},
		"no client.pem":           {byCertificate(func(c *site.Connection) { c.ClientPEM = "" }), api.Certificate, "client.pem is missing or empty"},
		"no such file":            {byCertificate(func(c *site.Connection) { c.ClientPEM, c.ClientFile = "", "/nowhere/client.pem" }), api.Certificate, "/nowhere/client.pem cannot be read (there is no such file)"},
		"a folder":                {byCertificate(func(c *site.Connection) { c.ClientPEM, c.ClientFile = "", t.TempDir() }), api.Certificate, "cannot be read"},
		"a pipe":                  {byCertificate(func(c *site.Connection) { c.ClientPEM, c.ClientFile = "", pipe }), api.Certificate, "it is no file"},
		"a huge file":             {byCertificate(func(c *site.Connection) { c.ClientPEM, c.ClientFile = "", huge }), api.Certificate, "larger than"},
		"expired":                 {byCertificate(func(c *site.Connection) { c.ClientPEM, c.KeyPEM = expired, expiredKey }), api.Certificate, "client.pem expired on"},
		"not valid yet":           {byCertificate(func(c *site.Connection) { c.ClientPEM, c.KeyPEM = early, earlyKey }), api.Certificate, "time server"},
		"another one's key":       {byCertificate(func(c *site.Connection) { c.KeyPEM = otherKey }), api.Certificate, "client_key.pem is not the key of client.pem"},
		"swapped":                 {byCertificate(func(c *site.Connection) { c.ClientPEM, c.KeyPEM = key, cert }), api.Certificate, "client.pem holds no certificate, but a private key"},
		"twice the certificate":   {byCertificate(func(c *site.Connection) { c.KeyPEM = cert }), api.Certificate, "client_key.pem holds no private key, but a certificate"},
		"no key":                  {byCertificate(func(c *site.Connection) { c.KeyPEM = " " }), api.Certificate, "client_key.pem is missing or empty"},
		"a broken key":            {byCertificate(func(c *site.Connection) { c.KeyPEM = block("PRIVATE KEY", []byte("x")) }), api.Certificate, "client_key.pem cannot be used"},
		"a passphrase":            {byCertificate(func(c *site.Connection) { c.KeyPEM = locked }), api.Passphrase, "openssl pkey"},
		"a passphrase, old style": {byCertificate(func(c *site.Connection) { c.KeyPEM = oldLocked }), api.Passphrase, "passphrase"},
		"a pfx file":              {byCertificate(func(c *site.Connection) { c.ClientPEM = "\x30\x82\x0a\x00rest" }), api.Certificate, ".pfx"},
		"a broken certificate":    {byCertificate(func(c *site.Connection) { c.ClientPEM = block("CERTIFICATE", []byte("x")) }), api.Certificate, "cannot be read"},
		"no root.pem":             {byCertificate(func(c *site.Connection) { c.RootPEM = "" }), api.TLS, "root.pem is missing or empty"},
		"a letter for root.pem":   {byCertificate(func(c *site.Connection) { c.RootPEM = "Dear admin" }), api.TLS, "something else than PEM"},
		"no JWT":                  {byProxy(func(c *site.Connection) { c.JWT = "" }), api.SignIn, "There is no JWT"},
		"no JWT file":             {byProxy(func(c *site.Connection) { c.JWT, c.JWTFile = "", "/nowhere/jwt" }), api.SignIn, "/nowhere/jwt cannot be read"},
		"not a JWT":               {byProxy(func(c *site.Connection) { c.JWT = "hello\r\nX-Evil: 1" }), api.SignIn, "no JWT"},
		"half a JWT":              {byProxy(func(c *site.Connection) { c.JWT = "eyJ.e.x" }), api.SignIn, "middle part"},
		"a JWT that ended":        {byProxy(func(c *site.Connection) { c.JWT = token(`{"exp":1700000000}`) }), api.SignIn, "ended on 14 Nov 2023"},
	} {
		t.Run(name, func(t *testing.T) {
			cl, err := api.New(c.connection, api.Options{})
			if c.kind == "" {
				good(t, err)
				cl.Close()
				return
			}
			said(t, err, c.kind, c.words)
		})
	}
}

// said checks an error: its kind, words in it, and that it is fit for people.
func said(t *testing.T, err error, kind api.Kind, words string) {
	t.Helper()
	if err == nil || api.KindOf(err) != kind || !strings.Contains(err.Error(), words) {
		t.Errorf("%q: %v\nwant %q: %s", api.KindOf(err), err, kind, words)
		return
	}
	text := err.Error()
	t.Log(text)
	if len(text) > 900 || strings.ContainsAny(text, "\n\r\x00") || strings.Contains(text, "xrfkey=") || strings.Contains(text, "PRIVATE KEY-") || !strings.HasSuffix(text, ".") {
		t.Errorf("not fit for people: %s", text)
	}
	for _, library := range []string{"dial tcp", "read tcp", "x509:", "tls:", "http:", "EOF", "i/o timeout", "asn1:"} {
		if strings.Contains(text, library) {
			t.Errorf("the words of a library are quoted: %s", text)
		}
	}
	var e *api.Error
	if kind != api.Interrupted && (!asError(err, &e) || e.Said == "" || e.Remedy == "") {
		t.Errorf("no remedy: %s", text)
	}
}
