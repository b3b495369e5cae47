package tenant

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

func TestLocalBearerToken(t *testing.T) {
	good := publicPEM(siteKey())
	key := func(kid, pem string) map[string]string { return map[string]string{"kid": kid, "pem": pem} }
	body := func(issuer, audience string, keys ...map[string]string) string {
		return encoded(map[string]any{"issuer": issuer, "audience": audience, "staticKeys": keys})
	}
	urlSafe := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(defined("i", good))
	tests := map[string]struct{ token, says string }{
		"good":                  {defined("i", good), ""},
		"url alphabet":          {urlSafe, ""},
		"with line breaks":      {defined("i", good)[:40] + "\r\n " + defined("i", good)[40:], ""},
		"PEM without breaks":    {defined("i", strings.ReplaceAll(good, "\n", "")), ""},
		"certificate":           {defined("i", certificatePEM(t)), ""},
		"PKCS 1":                {defined("i", pkcs1PEM()), ""},
		"nothing":               {" ", "Paste"},
		"not base64":            {"hello, world", "not base64"},
		"a signed token":        {"eyJh.eyJi.c2ln", "signed token"},
		"not JSON":              {base64.StdEncoding.EncodeToString([]byte("hello")), "not a JSON object"},
		"no issuer":             {body("", "qlik.api", key("k", good)), "no issuer"},
		"long issuer":           {body(strings.Repeat("i", 513), "qlik.api", key("k", good)), "longer than 512"},
		"no audience":           {body("i", "", key("k", good)), "no audience"},
		"no key":                {body("i", "qlik.api"), "0 keys"},
		"two keys":              {body("i", "qlik.api", key("a", good), key("b", good)), "2 keys"},
		"no kid":                {body("i", "qlik.api", key("", good)), "no kid"},
		"bad PEM":               {defined("i", "nonsense"), "not PEM"},
		"broken PEM":            {defined("i", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), "no public key"},
		"small key":             {defined("i", publicPEM(newRSA(1024))), "1024 bits"},
		"elliptic key":          {defined("i", ellipticPEM(t)), "not an RSA key"},
		"private key":           {defined("i", privatePEM()), "private key"},
		"private key, bare":     {privatePEM(), "private key"},
		"private key as a JWK":  {encoded(map[string]any{"issuer": "i", "jwk": map[string]string{"d": "x"}}), "private key"},
		"private key in base64": {base64.StdEncoding.EncodeToString([]byte(privatePEM())), "private key"},
		"huge":                  {strings.Repeat("A", maxDefinition+1), "longer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseDefinition(test.token)
			if test.says == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Of(err).Text, test.says) {
				t.Errorf("error %v does not say %q", err, test.says)
			}
		})
	}
}

func certificatePEM(t *testing.T) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &siteKey().PublicKey, siteKey())
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der)
}

func ellipticPEM(t *testing.T) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return block("PUBLIC KEY", der)
}

func pkcs1PEM() string {
	return block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&siteKey().PublicKey))
}

func privatePEM() string { return block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(siteKey())) }

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
