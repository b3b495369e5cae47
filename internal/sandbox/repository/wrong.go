package repository

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// Wrong is a way in which certificates do not fit, for tests of what people are told then.
type Wrong string

// The ways. Each is for a client, for a server, or for both.
const (
	Expired    Wrong = "expired"     // over since yesterday
	NotYet     Wrong = "not yet"     // valid from tomorrow on
	OtherRoot  Wrong = "other root"  // of another site's authority
	OtherHost  Wrong = "other host"  // server only: for another name
	OtherKey   Wrong = "other key"   // client only: the key belongs to another certificate
	Passphrase Wrong = "passphrase"  // client only: the key asks for the passphrase "secret"
	NoPEM      Wrong = "no PEM file" // client only: client.pem is a text of another kind
)

// WrongPassphrase opens the key of Passphrase.
const WrongPassphrase = "secret"

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

// WrongClient writes root.pem, client.pem and client_key.pem into dir, made by the authority of the good ones in certs and wrong in
// one way.
func WrongClient(certs, dir string, way Wrong) error {
	template := leaf("QlikClient", time.Now(), x509.ExtKeyUsageClientAuth, nil)
	from, to := &certificates{dir: certs}, &certificates{dir: dir}
	root, signer, err := from.spoil(template, way)
	if err != nil {
		return err
	}
	cert, key, err := issue(template, signer.cert, signer.key)
	if err != nil {
		return err
	}
	err = errors.Join(to.write(rootFile, "CERTIFICATE", root.Raw), to.write(clientFile, "CERTIFICATE", cert.Raw), to.writeKey(clientKeyFile, key))
	if err != nil {
		return err
	}
	switch way {
	case Expired, NotYet, OtherRoot:
		return nil
	case OtherKey:
		return to.writeKey(clientKeyFile, signer.key)
	case Passphrase:
		return to.lock(clientKeyFile)
	case NoPEM:
		return os.WriteFile(filepath.Join(dir, clientFile), []byte("no certificate\n"), 0o600)
	}
	return fault.New(fault.Invalid, "A client's certificate cannot be wrong by %q.", way)
}

// WrongServer gives a server's configuration whose certificate is wrong in one way; it still asks for client certificates of the
// site's root.
func WrongServer(certs string, way Wrong) (*tls.Config, error) {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	switch way {
	case OtherHost:
		hosts = []string{"qlik.elsewhere.example", "192.0.2.7"}
	case Expired, NotYet, OtherRoot:
	default:
		return nil, fault.New(fault.Invalid, "A server's certificate cannot be wrong by %q.", way)
	}
	template := leaf(hosts[0], time.Now(), x509.ExtKeyUsageServerAuth, hosts)
	root, signer, err := (&certificates{dir: certs}).spoil(template, way)
	if err != nil {
		return nil, err
	}
	cert, key, err := issue(template, signer.cert, signer.key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw, signer.cert.Raw}, PrivateKey: key}},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}, nil
}

// spoil makes a template wrong, and gives the site's root and who signs the template.
func (c *certificates) spoil(template *x509.Certificate, way Wrong) (root *x509.Certificate, signer authority, err error) {
	if signer.cert, signer.key, err = c.read(rootFile, rootKeyFile); err != nil {
		return nil, signer, err
	}
	root = signer.cert
	switch way {
	case Expired:
		template.NotBefore, template.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	case NotYet:
		template.NotBefore = time.Now().Add(24 * time.Hour)
	case OtherRoot:
		stranger := rootTemplate(time.Now())
		stranger.Subject = pkix.Name{CommonName: "elsewhere-CA"}
		signer.cert, signer.key, err = issue(stranger, nil, nil)
	}
	return root, signer, err
}
