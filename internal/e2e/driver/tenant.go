package driver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Tenant speaks to a tenant as its administrator, by the public API and the sandbox's own (docs/sandbox-tenant.md).
type Tenant struct {
	Base, Key string
	HTTP      *http.Client // nil: the default; another one for tenants with a certificate of their own
}

// App is an app in the tenant.
type App struct {
	ID   string `json:"resourceId"`
	Name string `json:"name"`
}

// Trust makes an identity provider configuration of a local bearer token.
func (t Tenant) Trust(ctx context.Context, token string) error {
	body, err := json.Marshal(map[string]any{
		"protocol": "qsefw-local-bearer-token", "provider": "qlik", "interactive": false,
		"description": "Skyferry", "base64Encoded": token,
	})
	if err != nil {
		return err
	}
	response, err := t.Call(ctx, http.MethodPost, t.Base+"/api/v1/identity-providers", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// OAuthClient makes an OAuth client, by the sandbox's own API.
func (t Tenant) OAuthClient(ctx context.Context, name string) (id, secret string, err error) {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return "", "", err
	}
	response, err := t.Call(ctx, http.MethodPost, t.Base+"/sandbox/v1/oauth-clients", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	var made struct{ ClientID, ClientSecret string }
	err = json.NewDecoder(response.Body).Decode(&made)
	return made.ClientID, made.ClientSecret, err
}

// Apps gives all apps of the tenant.
func (t Tenant) Apps(ctx context.Context) (apps []App, err error) {
	for next := t.Base + "/api/v1/items?resourceType=app&limit=100"; next != ""; {
		var page struct {
			Data  []App
			Links struct{ Next struct{ Href string } }
		}
		response, err := t.Call(ctx, http.MethodGet, next, "", nil)
		if err != nil {
			return nil, err
		}
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil {
			return nil, err
		}
		apps, next = append(apps, page.Data...), page.Links.Next.Href
	}
	return apps, nil
}

// ContentSHA256 gives the hash of the bytes that the tenant holds of an app.
func (t Tenant) ContentSHA256(ctx context.Context, appID string) (string, error) {
	response, err := t.Call(ctx, http.MethodGet, t.Base+"/sandbox/v1/apps/"+appID+"/content", "", nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, response.Body); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Call sends a request with the administrator's key; an answer other than 2xx is an error. headers are pairs. Of a body
// that is an io.LimitedReader the length is told.
func (t Tenant) Call(ctx context.Context, method, address, contentType string, body io.Reader, headers ...string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if part, bounded := body.(*io.LimitedReader); bounded {
		request.ContentLength = part.N
	}
	request.Header.Set("Authorization", "Bearer "+t.Key)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := t.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		defer response.Body.Close()
		said, _ := io.ReadAll(io.LimitReader(response.Body, 500))
		return nil, fmt.Errorf("%s %s: %s: %s", method, request.URL.Path, response.Status, said)
	}
	return response, nil
}
