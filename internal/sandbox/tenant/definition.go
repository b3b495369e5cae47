package tenant

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// Bounds of a definition.
const (
	maxDefinition = 64 << 10 // bytes
	maxIssuer     = 512      // characters
	minKeyBits    = 2048
)

// definition is what a local bearer token says. Qlik has not published its form; this one is ours, see
// docs/sandbox-tenant.md.
type definition struct {
	Issuer     string      `json:"issuer"`
	Audience   string      `json:"audience"`
	StaticKeys []staticKey `json:"staticKeys"`
}

type staticKey struct {
	KeyID string `json:"kid"`
	PEM   string `json:"pem"`
}

// parseDefinition reads a local bearer token; the error says what is wrong with the pasted text.
func parseDefinition(text string) (definition, error) {
	decoded, err := decodeDefinition(text)
	if err != nil {
		return definition{}, err
	}
	var d definition
	if err := json.Unmarshal(decoded, &d); err != nil {
		return definition{}, fault.Wrap(err, fault.Invalid,
			"The text is base64, but what it holds is not a JSON object with issuer, audience and staticKeys. Copy the whole text again.")
	}
	return d, d.check()
}

func decodeDefinition(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	switch {
	case text == "":
		return nil, fault.New(fault.Invalid, "Paste the local bearer token: the text that the deployment gives to copy.")
	case len(text) > maxDefinition:
		return nil, fault.New(fault.Invalid, "The text is longer than a local bearer token can be.")
	case holdsPrivateKey([]byte(text)):
		return nil, errPrivateKey
	case strings.Count(text, ".") == 2:
		return nil, fault.New(fault.Invalid,
			"This is a signed token, not the definition of an identity provider. Copy the text of the field Local bearer token.")
	}
	decoded, ok := decodeBase64(text)
	if !ok {
		return nil, fault.New(fault.Invalid, "The text is not base64. Copy the whole local bearer token again, without anything around it.")
	}
	if holdsPrivateKey(decoded) {
		return nil, errPrivateKey
	}
	return decoded, nil
}

var errPrivateKey = fault.New(fault.Invalid,
	"STOP: the text contains a private key. It was not stored. A tenant only ever gets the public half: "+
		"make a new key pair, and treat this one as known to others.")

var privateKey = regexp.MustCompile(`(?i)PRIVATE\s*KEY|"(?:d|p|q|dp|dq|qi|privateKey)"\s*:`)

func holdsPrivateKey(text []byte) bool { return privateKey.Match(text) }

// decodeBase64 takes both alphabets, with and without padding.
func decodeBase64(text string) ([]byte, bool) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(text)
	return decoded, err == nil
}

// check looks at every part of a multi-cloud definition.
func (d definition) check() error {
	if err := d.checkNames(); err != nil {
		return err
	}
	if strings.TrimSpace(d.Audience) == "" {
		return fault.New(fault.Invalid, "The definition has no audience; qlik.api is the usual one.")
	}
	_, err := parsePublicKey(d.StaticKeys[0].PEM)
	return err
}

// checkNames looks at issuer and key id; one static key per identity provider is Qlik's limit too (section 1).
func (d definition) checkNames() error {
	switch {
	case strings.TrimSpace(d.Issuer) == "":
		return fault.New(fault.Invalid, "The definition has no issuer.")
	case len(d.Issuer) > maxIssuer || strings.ContainsFunc(d.Issuer, isControl):
		return fault.New(fault.Invalid, "The issuer is longer than %d characters or has characters that do not print.", maxIssuer)
	case len(d.StaticKeys) != 1:
		return fault.New(fault.Invalid, "The definition has %d keys in staticKeys; exactly one is taken.", len(d.StaticKeys))
	case strings.TrimSpace(d.StaticKeys[0].KeyID) == "":
		return fault.New(fault.Invalid, "The key in the definition has no kid.")
	}
	return nil
}

// checkJWT looks at every part of a JWT definition: the key may be any that signs without a shared secret.
func (d definition) checkJWT() error {
	if err := d.checkNames(); err != nil {
		return err
	}
	if holdsPrivateKey([]byte(d.StaticKeys[0].PEM)) {
		return errPrivateKey
	}
	_, err := parseAnyKey(d.StaticKeys[0].PEM)
	return err
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// parsePublicKey reads the key of a multi-cloud configuration: RSA, of a fair size.
func parsePublicKey(text string) (*rsa.PublicKey, error) {
	parsed, err := parseAnyKey(text)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fault.New(fault.Invalid, "The key in the definition is not an RSA key. Tokens must be signed with RS256.")
	}
	if bits := key.N.BitLen(); bits < minKeyBits {
		return nil, fault.New(fault.Invalid, "The key in the definition has %d bits; at least %d are needed.", bits, minKeyBits)
	}
	return key, nil
}

// parseAnyKey reads a public key or a certificate in PEM, with or without line breaks (section 1.1).
func parseAnyKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(withLineBreaks(text)))
	if block == nil {
		return nil, fault.New(fault.Invalid, "The key in the definition is not PEM text.")
	}
	parsed, err := parseKeyBlock(block)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The key in the definition is PEM text, but no public key and no certificate that can be read.")
	}
	switch parsed.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return parsed, nil
	}
	return nil, fault.New(fault.Invalid, "The key in the definition is neither an RSA nor an elliptic curve key.")
}

func parseKeyBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	}
	return nil, errors.New("unknown kind of PEM block " + block.Type)
}

var pemEdges = regexp.MustCompile(`(-----BEGIN [A-Z ]+-----)\s*([A-Za-z0-9+/=\s]*?)\s*(-----END [A-Z ]+-----)`)

// withLineBreaks puts head, body and foot of a PEM block on lines of their own.
func withLineBreaks(text string) string {
	return pemEdges.ReplaceAllString(strings.TrimSpace(text), "$1\n$2\n$3\n")
}
