package site

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// export tells where the three files come from.
const export = "The QMC exports it with client.pem, client_key.pem and root.pem: Certificates, platform independent PEM format."

// checkCertificate looks at the three files of the QMC's export, as far as they are given as text. What stands in files on the
// console's host is read when it connects.
func (c Connection) checkCertificate(say func(field, fault string)) {
	client := checkGiven(c.ClientPEM, c.ClientFile, "client.pem")
	if client == "" && c.ClientPEM != "" {
		client = checkCertificates(c.ClientPEM, "client.pem")
	}
	say("client", client)
	key := checkGiven(c.KeyPEM, c.KeyFile, "client_key.pem")
	if key == "" && c.KeyPEM != "" {
		key = checkKey(c.KeyPEM)
	}
	if key == "" && client == "" && c.KeyPEM != "" && c.ClientPEM != "" {
		key = checkPair(c.ClientPEM, c.KeyPEM)
	}
	say("key", key)
	root := checkGiven(c.RootPEM, c.RootFile, "root.pem")
	if root == "" && c.RootPEM != "" {
		root = checkCertificates(c.RootPEM, "root.pem")
	}
	say("root", root)
}

func checkGiven(text, file, name string) string {
	switch {
	case text == "" && file == "":
		return "Choose " + name + ", or enter its path on the console's host. " + export
	case text != "" && file != "":
		return "Give either the file " + name + " itself or its path, not both."
	default:
		return ""
	}
}

// checkCertificates says what is wrong with a text of one certificate or more.
func checkCertificates(text, name string) string {
	found := false
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return "This is a private key, not the certificate " + name + ". The key belongs into its own field."
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return "The certificate in " + name + " is damaged. Export it again."
		}
		found = true
	}
	if !found {
		return "This is no certificate in PEM format: it begins with -----BEGIN CERTIFICATE-----. " + export
	}
	return ""
}

func checkKey(text string) string {
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return "This is no private key in PEM format: it begins with -----BEGIN and ends with PRIVATE KEY-----. " + export
	case block.Type == "CERTIFICATE":
		return "This is a certificate, not its key. Choose client_key.pem here."
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return "The key is protected by a passphrase, which the console cannot enter. Export the certificates again without a password."
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return "This is no private key. Choose client_key.pem here."
	default:
		return ""
	}
}

// checkPair says whether certificate and key are those of each other.
func checkPair(client, key string) string {
	if _, err := tls.X509KeyPair([]byte(client), []byte(key)); err != nil {
		return "The key is not the one of client.pem, or is damaged. Take both from the same export."
	}
	return ""
}
