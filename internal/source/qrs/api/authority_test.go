package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// authority signs for one site.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key, a.cert = a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	return a
}

func (a *authority) sign(template, parent *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	good(a.t, err)
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(90*24*time.Hour)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	good(a.t, err)
	cert, err := x509.ParseCertificate(der)
	good(a.t, err)
	return key, cert
}

// leaf makes a certificate with its key, in PEM; change may be nil.
func (a *authority) leaf(change func(*x509.Certificate)) (cert, key string) {
	a.t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "QlikClient"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(template)
	}
	secret, made := a.sign(template, a.cert)
	der, err := x509.MarshalPKCS8PrivateKey(secret)
	good(a.t, err)
	return block("CERTIFICATE", made.Raw), block("PRIVATE KEY", der)
}

func (a *authority) root() string { return block("CERTIFICATE", a.cert.Raw) }

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// site serves QRS of one's own making, and gives a connection to it. change alters the server's certificate.
func (a *authority) site(h http.HandlerFunc, change func(*x509.Certificate)) site.Connection {
	a.t.Helper()
	return a.siteWith(h, change, func(*tls.Config) {})
}

func (a *authority) siteWith(h http.HandlerFunc, change func(*x509.Certificate), configure func(*tls.Config)) site.Connection {
	a.t.Helper()
	cert, key := a.leaf(change)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	good(a.t, err)
	trusted := x509.NewCertPool()
	trusted.AddCert(a.cert)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted}
	configure(config)
	server := serve(h, config)
	a.t.Cleanup(server.Close)
	return a.to(server.URL)
}

// open serves through a proxy of one's own making, which asks for no certificate.
func (a *authority) open(h http.HandlerFunc) site.Connection {
	a.t.Helper()
	cert, key := a.leaf(nil)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	good(a.t, err)
	server := serve(h, &tls.Config{Certificates: []tls.Certificate{pair}})
	a.t.Cleanup(server.Close)
	c := a.to(server.URL)
	c.Way, c.Prefix, c.JWT = site.ByProxy, "jwt", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
	return c
}

// to gives a connection with good certificates of this authority to some address.
func (a *authority) to(address string) site.Connection {
	a.t.Helper()
	c := site.Connection{Kind: site.Repository, Way: site.ByCertificate, UserDirectory: "SERVICE", UserID: "skyferry", RootPEM: a.root()}
	c.ClientPEM, c.KeyPEM = a.leaf(nil)
	c.Host, c.Port = hostPort(a.t, address)
	return c
}
