package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// maxSecret bounds the file of a certificate, key or JWT, in bytes.
const maxSecret = 1 << 20

// credentials read what a connection names: texts, or files that are read anew each time.
type credentials struct {
	site.Connection

	now func() time.Time
}

// check reads everything once.
func (k credentials) check() error {
	if _, _, err := k.roots(); err != nil {
		return err
	}
	if k.Way == site.ByProxy {
		_, err := k.token()
		return err
	}
	_, err := k.pair()
	return err
}

// text gives a thing that is entered as text or as a path; what names it in sentences.
func text(what, given, file string, kind Kind) ([]byte, error) {
	if given != "" || file == "" {
		return []byte(given), nil
	}
	content, err := readBounded(file)
	if err != nil {
		return nil, &Error{Kind: kind, cause: err, Said: fmt.Sprintf("The file %s cannot be read (%s).", file, reason(err)),
			Remedy: "Enter the path of " + what + " on the host of the console, and let the console's account read it."}
	}
	return content, nil
}

func readBounded(file string) ([]byte, error) {
	// A pipe would be waited for without end.
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err == nil && len(content) > maxSecret {
		err = fmt.Errorf("it is larger than %d bytes", maxSecret)
	}
	return content, err
}

const exportAgain = "Export the certificates in the QMC (Certificates, platform independent PEM format, with the secret key, without a password) and take %s from there."

// roots gives the authorities for the server's certificate: root.pem, or nil for those of the host.
func (k credentials) roots() (*x509.CertPool, []*x509.Certificate, error) {
	content, err := text("root.pem", k.RootPEM, k.RootFile, TLS)
	if err != nil {
		return nil, nil, err
	}
	if len(content) == 0 && k.Way == site.ByProxy {
		return nil, nil, nil
	}
	list, err := k.certificates("root.pem", content, TLS)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	for _, c := range list {
		pool.AddCert(c)
	}
	return pool, list, nil
}

// certificates reads the certificates of a PEM text; the first must be valid today.
func (k credentials) certificates(what string, content []byte, kind Kind) ([]*x509.Certificate, error) {
	wrong := func(said string, args ...any) error {
		return &Error{Kind: kind, Said: what + " " + fmt.Sprintf(said, args...), Remedy: fmt.Sprintf(exportAgain, what)}
	}
	var list []*x509.Certificate
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong("holds a certificate that cannot be read (%s).", reason(err))
		}
		list = append(list, c)
	}
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return nil, wrong("is missing or empty.")
	case len(list) == 0:
		return nil, wrong("holds no certificate, but %s.", looksLike(content))
	case k.now().After(list[0].NotAfter):
		return nil, wrong("expired on %s.", day(list[0].NotAfter))
	case k.now().Before(list[0].NotBefore):
		return nil, &Error{Kind: kind, Said: fmt.Sprintf("%s is valid from %s only, and here it is %s.", what, minute(list[0].NotBefore), minute(k.now())),
			Remedy: "Set the clock of the console's host by a time server."}
	}
	return list, nil
}

// looksLike says what a text is that was expected to be something else.
func looksLike(content []byte) string {
	switch {
	case bytes.Contains(content, []byte("ENCRYPTED")):
		return "a private key with a passphrase"
	case bytes.Contains(content, []byte("PRIVATE KEY-----")):
		return "a private key"
	case bytes.Contains(content, []byte("-----BEGIN CERTIFICATE-----")):
		return "a certificate"
	case len(content) > 1 && content[0] == 0x30 && content[1] >= 0x80:
		return "binary data, such as of a .pfx or .cer file"
	}
	return "something else than PEM"
}

func day(t time.Time) string    { return t.UTC().Format("2 Jan 2006") }
func minute(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 MST") }

// pair gives the client certificate with its key.
func (k credentials) pair() (tls.Certificate, error) {
	none := tls.Certificate{}
	certText, err := text("client.pem", k.ClientPEM, k.ClientFile, Certificate)
	if err != nil {
		return none, err
	}
	list, err := k.certificates("client.pem", certText, Certificate)
	if err != nil {
		return none, err
	}
	keyText, err := text("client_key.pem", k.KeyPEM, k.KeyFile, Certificate)
	if err != nil {
		return none, err
	}
	if err := checkKey(keyText); err != nil {
		return none, err
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	switch {
	case err != nil && strings.Contains(err.Error(), "does not match"):
		return none, &Error{Kind: Certificate, cause: err, Said: fmt.Sprintf("client_key.pem is not the key of client.pem (%s).", names(list[0])),
			Remedy: "Take both files from the same export."}
	case err != nil:
		return none, &Error{Kind: Certificate, cause: err, Said: "client_key.pem cannot be used (" + reason(err) + ").",
			Remedy: fmt.Sprintf(exportAgain, "client_key.pem")}
	}
	pair.Leaf = list[0]
	return pair, nil
}

// checkKey tells the usual mistakes apart before the key is used.
func checkKey(content []byte) error {
	wrong := func(said string) error {
		return &Error{Kind: Certificate, Said: "client_key.pem " + said, Remedy: fmt.Sprintf(exportAgain, "client_key.pem")}
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return &Error{Kind: Passphrase, Said: "client_key.pem is protected by a passphrase, and the console works unattended.",
				Remedy: "Export the certificates in the QMC without a password, or take it off: openssl pkey -in client_key.pem -out plain_key.pem. The console keeps the key encrypted."}
		}
		return nil
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return wrong("is missing or empty.")
	}
	return wrong("holds no private key, but " + looksLike(content) + ".")
}

// token gives the JWT. That it is good is for the proxy to say; what is plainly wrong is said here.
func (k credentials) token() (string, error) {
	content, err := text("the JWT", k.JWT, k.JWTFile, SignIn)
	if err != nil {
		return "", err
	}
	jwt := strings.TrimSpace(string(content))
	wrong := func(said, remedy string) error { return &Error{Kind: SignIn, Said: said, Remedy: remedy} }
	switch {
	case jwt == "":
		return "", wrong("There is no JWT.", "Enter the JWT that the virtual proxy accepts.")
	case strings.Count(jwt, ".") != 2 || strings.ContainsFunc(jwt, notInToken):
		return "", wrong("What was entered is no JWT.", "A JWT is one line of three parts with dots between, and begins with eyJ.")
	}
	end, err := endOf(jwt)
	switch {
	case err != nil:
		return "", wrong("What was entered is no JWT: its middle part cannot be read.", "Copy the whole token anew.")
	case !end.IsZero() && k.now().After(end):
		return "", wrong("The JWT ended on "+minute(end)+".", "Make a new one for the virtual proxy, and enter it.")
	}
	return jwt, nil
}

// endOf reads the claim exp, without verifying: zero when there is none.
func endOf(jwt string) (time.Time, error) {
	var claims struct {
		Exp float64 `json:"exp"` // seconds since 1970
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.Split(jwt, ".")[1], "="))
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || claims.Exp == 0 {
		return time.Time{}, err
	}
	return time.Unix(int64(claims.Exp), 0), nil
}

// tokenEnd says when a usable JWT ends; zero: never, as far as it tells.
func (k credentials) tokenEnd() time.Time {
	jwt, err := k.token()
	if err != nil {
		return time.Time{}
	}
	end, _ := endOf(jwt) // it was read a moment ago
	return end
}

func notInToken(r rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=", r)
}
