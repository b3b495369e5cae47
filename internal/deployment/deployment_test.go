package deployment_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
)

func TestOrigin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://acme.eu.qlikcloud.com":       "https://acme.eu.qlikcloud.com",
		" HTTPS://Acme.EU.qlikcloud.com:443/": "https://acme.eu.qlikcloud.com",
		"http://127.0.0.1:8091":               "http://127.0.0.1:8091",
		"http://example.org:80":               "http://example.org",
		"http://example.org:443":              "http://example.org:443",
		"https://example.org.":                "https://example.org",
		"https://[2001:DB8::1]:8443/":         "https://[2001:db8::1]:8443",
		"https://[2001:db8::1]":               "https://[2001:db8::1]",
		"":                                    "",
		"acme.eu.qlikcloud.com":               "",
		"acme.eu.qlikcloud.com:443":           "",
		"ftp://example.org":                   "",
		"https://":                            "",
		"https://:443":                        "",
		"https:example.org":                   "",
		"https://user@example.org":            "",
		"https://user:word@example.org":       "",
		"https://example.org/api/v1":          "",
		"https://example.org/?a=b":            "",
		"https://example.org?":                "",
		"https://example.org/#top":            "",
		"https://exa mple.org":                "",
		"http://127.0.0.1:65535":              "http://127.0.0.1:65535",
		"http://127.0.0.1:65536":              "",
		"http://127.0.0.1:0":                  "",
		"https://" + strings.Repeat("x", 260): "",
	} {
		got, err := deployment.Origin(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "word@") {
			t.Errorf("%q: the message repeats the password", in)
		}
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{"https://acme.eu.qlikcloud.com": "acme.eu.qlikcloud.com", "http://127.0.0.1:8091": "127.0.0.1:8091", "": ""} {
		if got := (deployment.Deployment{Endpoint: endpoint}).Host(); got != want {
			t.Errorf("%s: %s", endpoint, got)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	local := deployment.Deployment{Name: "eu", Endpoint: "https://eu.example", Audience: "qlik.api", Auth: deployment.LocalBearer}
	client := local
	client.Auth, client.ClientID, client.ClientSecret = deployment.ClientCredentials, "id", "secret"
	client.TokenEndpoint, client.Landing.Space = "https://eu.example/oauth/token", "Finance"
	for name, test := range map[string]struct {
		of     deployment.Deployment
		change func(*deployment.Deployment)
		want   []string
	}{
		"sound, local":      {local, func(*deployment.Deployment) {}, nil},
		"sound, client":     {client, func(*deployment.Deployment) {}, nil},
		"empty":             {deployment.Deployment{}, func(*deployment.Deployment) {}, []string{"audience", "endpoint", "name", "signin"}},
		"blank name":        {local, func(d *deployment.Deployment) { d.Name = " \t" }, []string{"name"}},
		"quotation mark":    {local, func(d *deployment.Deployment) { d.Name = `a"b` }, []string{"name"}},
		"long name":         {local, func(d *deployment.Deployment) { d.Name = strings.Repeat("ä", 256) }, []string{"name"}},
		"name just fits":    {local, func(d *deployment.Deployment) { d.Name = strings.Repeat("ä", 255) }, nil},
		"no web address":    {local, func(d *deployment.Deployment) { d.Endpoint = "eu" }, []string{"endpoint"}},
		"unknown kind":      {local, func(d *deployment.Deployment) { d.Kind = "Play" }, []string{"kind"}},
		"local needs no id": {local, func(d *deployment.Deployment) { d.ClientID, d.Landing.Space = "", "" }, nil},
		"client needs all":  {local, func(d *deployment.Deployment) { d.Auth = deployment.ClientCredentials }, []string{"clientid", "clientsecret", "space", "tokenendpoint"}},
		"stored secret":     {client, func(d *deployment.Deployment) { d.ID, d.ClientSecret = "x", "" }, nil},
		"JWT provider":      {client, func(d *deployment.Deployment) { d.Auth = deployment.JWTProvider }, nil},
		"JWT without space": {local, func(d *deployment.Deployment) { d.Auth = deployment.JWTProvider }, []string{"space"}},
		"API key":           {client, func(d *deployment.Deployment) { d.Auth, d.APIKey = deployment.APIKey, "abc.def-_" }, nil},
		"no API key":        {client, func(d *deployment.Deployment) { d.Auth = deployment.APIKey }, []string{"apikey"}},
		"stored API key":    {client, func(d *deployment.Deployment) { d.Auth, d.ID = deployment.APIKey, "x" }, nil},
		"API key of lines":  {client, func(d *deployment.Deployment) { d.Auth, d.APIKey = deployment.APIKey, "abc\nx-evil: 1" }, []string{"apikey"}},
		"endless API key": {client, func(d *deployment.Deployment) {
			d.Auth, d.APIKey = deployment.APIKey, secret.Text(strings.Repeat("x", 8001))
		}, []string{"apikey"}},
		"long note":          {local, func(d *deployment.Deployment) { d.Note = strings.Repeat("x", 2001) }, []string{"note"}},
		"token with a login": {client, func(d *deployment.Deployment) { d.TokenEndpoint = "https://a:b@c" }, []string{"tokenendpoint"}},
	} {
		test.change(&test.of)
		if got := slices.Sorted(maps.Keys(test.of.Check())); !cmp.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// What the tenant gets must verify what we sign.
func TestDefinitionVerifiesOurTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	draft, private, err := deployment.NewDraft("5f0c-site", now)
	if err != nil {
		t.Fatal(err)
	}
	if !draft.Expires.Equal(now.Add(24*time.Hour)) || draft.ID == "" {
		t.Errorf("draft %+v", draft)
	}
	text := deployment.Definition(draft.Key, "qlik.api")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Issuer, Audience string
		StaticKeys       []struct{ Kid, PEM string }
	}
	if err := json.Unmarshal(raw, &got); err != nil || got.Audience != "qlik.api" || got.Issuer != draft.Key.Issuer || len(got.StaticKeys) != 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	if strings.Contains(string(raw), "PRIVATE") || !strings.Contains(draft.Key.Issuer, "5f0c-site") {
		t.Errorf("definition %s", raw)
	}
	public, err := jwt.ParseRSAPublicKeyFromPEM([]byte(got.StaticKeys[0].PEM))
	if err != nil || public.N.BitLen() != 2048 {
		t.Fatalf("public key: %v", err)
	}
	block, _ := pem.Decode([]byte(got.StaticKeys[0].PEM))
	sum := sha256.Sum256(block.Bytes)
	if kid := got.StaticKeys[0].Kid; len(kid) < 8 || !strings.HasPrefix(hex.EncodeToString(sum[:]), kid) || kid != draft.Key.ID {
		t.Errorf("key id %s", kid)
	}
	block, _ = pem.Decode([]byte(private.Reveal()))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jwt.New(jwt.SigningMethodRS256).SignedString(parsed.(*rsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{"RS256"})); err != nil {
		t.Error(err)
	}
}

func TestKeysAreUnique(t *testing.T) {
	t.Parallel()
	a, errA := deployment.NewKey("site", time.Now())
	b, errB := deployment.NewKey("site", time.Now())
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if a.ID == b.ID || a.Issuer == b.Issuer || a.PrivatePEM == b.PrivatePEM {
		t.Errorf("%s and %s", a.Issuer, b.Issuer)
	}
}

func TestSameHost(t *testing.T) {
	for other, want := range map[string]bool{
		"https://acme.eu.qlikcloud.com:443/token": true,
		"https://ACME.eu.qlikcloud.com/":          true,
		"http://acme.eu.qlikcloud.com/oauth":      false,
		"https://acme.us.qlikcloud.com/oauth":     false,
		"https://acme.eu.qlikcloud.com:8443/":     false,
		"no address":                              false,
	} {
		if got := deployment.SameHost("https://acme.eu.qlikcloud.com/oauth/token", other); got != want {
			t.Errorf("%s: %v", other, got)
		}
	}
}

// What a JWT identity provider gets must verify what we sign, in the form of the documented sample.
func TestProviderBody(t *testing.T) {
	t.Parallel()
	draft, private, err := deployment.NewDraft("5f0c-site", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text := deployment.ProviderBody(draft.Key, "t1")
	var body struct {
		TenantIDs                       []string
		Provider, Protocol, Description string
		Interactive, Active             bool
		Options                         struct {
			JWTLoginEnabled bool
			Issuer          string
			StaticKeys      []struct{ Kid, PEM string }
		}
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		t.Fatal(err)
	}
	key := body.Options.StaticKeys[0]
	if body.Provider != "external" || body.Protocol != "jwtAuth" || body.Interactive || !body.Active || !body.Options.JWTLoginEnabled ||
		!slices.Equal(body.TenantIDs, []string{"t1"}) || body.Options.Issuer != draft.Key.Issuer || key.Kid != draft.Key.ID || strings.Contains(key.PEM, "\n") {
		t.Errorf("%s", text)
	}
	block, _ := pem.Decode([]byte(draft.Key.PEM()))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil || strings.ReplaceAll(draft.Key.PEM(), "\n", "") != key.PEM || certificate.NotAfter.Year() != 9999 {
		t.Fatalf("%v %s", err, draft.Key.PEM())
	}
	block, _ = pem.Decode([]byte(private.Reveal()))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil || !certificate.PublicKey.(*rsa.PublicKey).Equal(parsed.(*rsa.PrivateKey).Public()) {
		t.Errorf("the certificate is of another key: %v", err)
	}
	if text := deployment.ProviderBody(draft.Key, ""); strings.Contains(text, "tenantIds") || strings.Contains(text, "PRIVATE") {
		t.Errorf("%s", text)
	}
}

func TestExpiries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	in := func(days float64) time.Time { return now.Add(time.Duration(days * 24 * float64(time.Hour))) }
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(in(6))}).SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		of   deployment.Deployment
		want []int // notices of what is due, the nearest first
	}{
		"nothing known":     {deployment.Deployment{Auth: deployment.ClientCredentials}, nil},
		"API key":           {deployment.Deployment{Auth: deployment.APIKey, APIKey: secret.Text(signed)}, []int{7}},
		"no JWT":            {deployment.Deployment{Auth: deployment.APIKey, APIKey: "opaque"}, nil},
		"far away":          {deployment.Deployment{Auth: deployment.ClientCredentials, SecretExpires: in(30.5)}, nil},
		"thirty":            {deployment.Deployment{Auth: deployment.ClientCredentials, SecretExpires: in(30)}, []int{30}},
		"over":              {deployment.Deployment{Auth: deployment.ClientCredentials, SecretExpires: in(-3)}, []int{1}},
		"not of this way":   {deployment.Deployment{Auth: deployment.LocalBearer, SecretExpires: in(1), APIKey: secret.Text(signed)}, nil},
		"certificate first": {deployment.Deployment{Auth: deployment.APIKey, APIKey: secret.Text(signed), CertificateExpires: in(0.5)}, []int{1, 7}},
	} {
		var got []int
		for _, e := range c.of.Due(now) {
			got = append(got, e.Notice(now))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
