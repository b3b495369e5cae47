package repository

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// The files are named as the QMC's export names them; the last pair signs and checks the tokens of the proxy's prefix jwt.
const (
	rootFile, rootKeyFile     = "root.pem", "root_key.pem"
	clientFile, clientKeyFile = "client.pem", "client_key.pem"
	serverFile, serverKeyFile = "server.pem", "server_key.pem"
	jwtFile, jwtKeyFile       = "jwt.pem", "jwt_key.pem"

	certificateLife = 10 * 365 * 24 * time.Hour
	keyBits         = 2048
)

// certificates are what the folder holds.
type certificates struct {
	dir    string
	root   *x509.CertPool
	server tls.Certificate
	jwt    *rsa.PublicKey
}

// openCertificates reads the certificates, after making what is missing: root, client and token signer once; the server's again when it
// is not for all of the hosts.
func openCertificates(dir string, hosts []string, now time.Time) (*certificates, error) {
	c := &certificates{dir: dir, root: x509.NewCertPool()}
	if err := c.prepare(hosts, now); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The certificates in %s cannot be read or made. Make the folder writable, or empty it so that they are made anew.", dir)
	}
	return c, nil
}

func (c *certificates) prepare(hosts []string, now time.Time) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	root, rootKey, err := c.pair(rootFile, rootKeyFile, rootTemplate(now), nil, nil)
	if err != nil {
		return err
	}
	c.root.AddCert(root)
	if _, _, err := c.pair(clientFile, clientKeyFile, leaf("QlikClient", now, x509.ExtKeyUsageClientAuth, nil), root, rootKey); err != nil {
		return err
	}
	signer, _, err := c.pair(jwtFile, jwtKeyFile, leaf("QlikJWT", now, x509.ExtKeyUsageAny, nil), root, rootKey)
	if err != nil {
		return err
	}
	c.jwt, _ = signer.PublicKey.(*rsa.PublicKey)
	hosts = append([]string{"localhost", "127.0.0.1", "::1"}, hosts...)
	server, serverKey, err := c.pair(serverFile, serverKeyFile, leaf(hosts[len(hosts)-1], now, x509.ExtKeyUsageServerAuth, hosts), root, rootKey)
	c.server = tls.Certificate{Certificate: [][]byte{raw(server), root.Raw}, PrivateKey: serverKey}
	return err
}

func raw(c *x509.Certificate) []byte {
	if c == nil {
		return nil
	}
	return c.Raw
}

func rootTemplate(now time.Time) *x509.Certificate {
	host, err := os.Hostname()
	if err != nil {
		host = "sandbox"
	}
	return &x509.Certificate{Subject: pkix.Name{CommonName: host + "-CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
}

func leaf(name string, now time.Time, usage x509.ExtKeyUsage, hosts []string) *x509.Certificate {
	t := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{usage}}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else if !slices.Contains(t.DNSNames, host) {
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	return t
}

// pair reads a certificate and its key, or makes them when they are missing, over, or not for the hosts of the template.
func (c *certificates) pair(certFile, keyFile string, template, parent *x509.Certificate, parentKey *rsa.PrivateKey) (*x509.Certificate, *rsa.PrivateKey, error) {
	cert, key, err := c.read(certFile, keyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if err == nil && serves(cert, template) && (parent == nil || cert.CheckSignatureFrom(parent) == nil) {
		return cert, key, nil
	}
	if cert, key, err = issue(template, parent, parentKey); err != nil {
		return nil, nil, err
	}
	return cert, key, errors.Join(c.writeKey(keyFile, key), c.write(certFile, "CERTIFICATE", cert.Raw))
}

// issue makes a certificate with a new key, signed by its parent, or by itself when there is none.
func issue(template, parent *x509.Certificate, parentKey *rsa.PrivateKey) (*x509.Certificate, *rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

// serves reports whether a certificate still does: it has a day left, and is for every host that is asked for.
func serves(cert, template *x509.Certificate) bool {
	if cert.NotAfter.Before(template.NotBefore.Add(25 * time.Hour)) {
		return false
	}
	for _, ip := range template.IPAddresses {
		if cert.VerifyHostname(ip.String()) != nil {
			return false
		}
	}
	for _, name := range template.DNSNames {
		if cert.VerifyHostname(name) != nil {
			return false
		}
	}
	return true
}

func (c *certificates) read(certFile, keyFile string) (*x509.Certificate, *rsa.PrivateKey, error) {
	der, err := c.readPEM(certFile)
	if err != nil {
		return nil, nil, err
	}
	secret, err := c.readPEM(keyFile)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", certFile, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(secret)
	key, isRSA := parsed.(*rsa.PrivateKey)
	if err != nil || !isRSA || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, nil, fmt.Errorf("%s is no key of %s", keyFile, certFile)
	}
	return cert, key, nil
}

func (c *certificates) readPEM(file string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file", file)
	}
	return block.Bytes, nil
}

func (c *certificates) write(file, kind string, der []byte) error {
	return os.WriteFile(filepath.Join(c.dir, file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func (c *certificates) writeKey(file string, key *rsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return c.write(file, "PRIVATE KEY", der)
}

// TrustedTLS asks for a client certificate of the site's root.
func (s *Server) TrustedTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{s.certs.server},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: s.certs.root}
}

// ProxyTLS asks for no client certificate.
func (s *Server) ProxyTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{s.certs.server}}
}
