package tenant

import "context"

// apiKey is a key of the tenant's own API (qlik-cloud-api.md section 2.3). It cannot be renewed here.
type apiKey struct{ pass Pass }

// APIKey signs in with an API key, which the tenant gave somebody. It acts for that user.
func APIKey(key string) SignIn { return apiKey{Bearer(key)} }

// Pass gives the key.
func (k apiKey) Pass(context.Context) (Pass, error) { return k.pass, nil }

// Drop does nothing: there is no other key.
func (apiKey) Drop(context.Context, Pass, error) {}
