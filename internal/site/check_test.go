package site_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// pair makes a certificate with its key, in PEM format.
func pair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", encoded)
}

func encode(kind string, bytes []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
}

// Each wrong field is told at its own place, and nothing else is.
func TestCheckTellsEachField(t *testing.T) {
	certificate, key := pair(t)
	_, another := pair(t)
	good := func() site.Connection {
		return site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientPEM: certificate, KeyPEM: key, RootPEM: certificate,
			UserDirectory: "SERVICE", UserID: "skyferry"}
	}
	jwt := func(token string) func(*site.Connection) {
		return func(c *site.Connection) { c.Way, c.JWT = site.ByProxy, token }
	}
	for name, c := range map[string]struct {
		change func(*site.Connection)
		field  string
		says   string
	}{
		"nothing":          {func(*site.Connection) {}, "", ""},
		"an embedded site": {func(c *site.Connection) { *c = site.Connection{Kind: site.Embedded, Exports: -1} }, "", ""},
		"paths": {func(c *site.Connection) {
			c.ClientPEM, c.KeyPEM, c.RootPEM, c.ClientFile, c.KeyFile, c.RootFile = "", "", "", "/c", "/k", "/r"
		}, "", ""},
		"IPv6": {func(c *site.Connection) { c.Host = "fd00::1" }, "", ""},
		"everything": {func(c *site.Connection) {
			c.Port, c.Callback, c.Look, c.Sweep, c.Exports, c.Window = 4242, "https://console:8080", time.Second, time.Hour, 16, site.Window{From: 1320, To: 1439}
		}, "", ""},
		"a JWT":                 {jwt("a.b.c"), "", ""},
		"no kind":               {func(c *site.Connection) { c.Kind = "cloud" }, "kind", "Choose"},
		"no way":                {func(c *site.Connection) { c.Way = "" }, "way", "Choose"},
		"no host":               {func(c *site.Connection) { c.Host = "" }, "host", "Enter the name"},
		"an address":            {func(c *site.Connection) { c.Host = "https://sense" }, "host", "without https://"},
		"a host with a port":    {func(c *site.Connection) { c.Host = "sense:4242" }, "host", "field of its own"},
		"a host with blanks":    {func(c *site.Connection) { c.Host = "my sense" }, "host", "no name of a server"},
		"a port":                {func(c *site.Connection) { c.Port = 70000 }, "port", "from 1 to 65535"},
		"no certificate":        {func(c *site.Connection) { c.ClientPEM = "" }, "client", "Choose client.pem"},
		"certificate twice":     {func(c *site.Connection) { c.ClientFile = "/c" }, "client", "not both"},
		"a key as certificate":  {func(c *site.Connection) { c.ClientPEM = key }, "client", "its own field"},
		"no PEM":                {func(c *site.Connection) { c.ClientPEM = "MII" }, "client", "PEM format"},
		"a damaged certificate": {func(c *site.Connection) { c.ClientPEM = encode("CERTIFICATE", []byte("x")) }, "client", "damaged"},
		"no key":                {func(c *site.Connection) { c.KeyPEM = "" }, "key", "Choose client_key.pem"},
		"a certificate as key":  {func(c *site.Connection) { c.KeyPEM = certificate }, "key", "not its key"},
		"another key":           {func(c *site.Connection) { c.KeyPEM = another }, "key", "same export"},
		"a protected key":       {func(c *site.Connection) { c.KeyPEM = encode("ENCRYPTED PRIVATE KEY", []byte("x")) }, "key", "passphrase"},
		"an older protected key": {func(c *site.Connection) {
			c.KeyPEM = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\neA==\n-----END RSA PRIVATE KEY-----"
		}, "key", "passphrase"},
		"a public key":         {func(c *site.Connection) { c.KeyPEM = encode("PUBLIC KEY", []byte("x")) }, "key", "no private key"},
		"no PEM of a key":      {func(c *site.Connection) { c.KeyPEM = "x" }, "key", "PEM format"},
		"no root":              {func(c *site.Connection) { c.RootPEM = "" }, "root", "Choose root.pem"},
		"a wrong root":         {func(c *site.Connection) { c.RootPEM = "x" }, "root", "PEM format"},
		"no directory":         {func(c *site.Connection) { c.UserDirectory = "" }, "directory", "user directory"},
		"no user":              {func(c *site.Connection) { c.UserID = "" }, "user", "Enter the user"},
		"a prefix":             {func(c *site.Connection) { jwt("a.b.c")(c); c.Prefix = "https://x" }, "prefix", "prefix"},
		"no JWT":               {jwt(""), "jwt", "Enter the JWT"},
		"two JWTs":             {func(c *site.Connection) { jwt("a.b.c")(c); c.JWTFile = "/j" }, "jwt", "not both"},
		"a header":             {jwt("Bearer a.b.c"), "jwt", "without the word Bearer"},
		"half a JWT":           {jwt("a.b"), "jwt", "three parts"},
		"a proxy's wrong root": {func(c *site.Connection) { jwt("a.b.c")(c); c.RootPEM = "x" }, "root", "PEM format"},
		"a callback":           {func(c *site.Connection) { c.Callback = "console:8080" }, "callback", "such as https://"},
		"a callback's user":    {func(c *site.Connection) { c.Callback = "https://a:b@console" }, "callback", "without a user"},
		"looks":                {func(c *site.Connection) { c.Look = time.Millisecond }, "look", "1 second"},
		"sweeps":               {func(c *site.Connection) { c.Sweep = 48 * time.Hour }, "sweep", "24 hours"},
		"exports":              {func(c *site.Connection) { c.Exports = 17 }, "exports", "from 1 to 16"},
		"a window's beginning": {func(c *site.Connection) { c.Window.From = 1440 }, "windowfrom", "22:00"},
		"a window's end":       {func(c *site.Connection) { c.Window.To = -1 }, "windowto", "22:00"},
	} {
		connection := good()
		c.change(&connection)
		faults := connection.Check()
		switch {
		case c.field == "" && len(faults) > 0:
			t.Errorf("%s: %v", name, faults)
		case c.field != "" && !slices.Equal(slices.Collect(maps.Keys(faults)), []string{c.field}):
			t.Errorf("%s: %v, want something about %s alone", name, faults, c.field)
		case !strings.Contains(faults[c.field], c.says):
			t.Errorf("%s: %q does not say %q", name, faults[c.field], c.says)
		}
	}
}
