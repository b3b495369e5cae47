package distribution

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// MetaHash is the fingerprint of what a deployment's tenant is told about an app besides its data: name, description, owner,
// stream, custom properties and tags, and what the deployment makes of name and owner. Order of values and tags counts, as it
// does on the pages. The space is no part of it: placed apps stay where they are.
func MetaHash(app site.App, d deployment.Deployment) string {
	stream := ""
	if app.Stream != nil {
		stream = app.Stream.ID + " " + app.Stream.Name
	}
	// JSON sorts the keys of maps and keeps neighbouring fields apart; marshalling strings cannot fail.
	told := []any{app.Name, app.Description, app.Owner, stream, filled(app.Properties), append([]string{}, app.Tags...)}
	if name := LandingOf(d, app).Name; d.Managed() && (name != app.Name || d.Landing.Owner != deployment.OwnerService) {
		told = append(told, name, d.Landing.Owner, d.Landing.OwnerUser)
	}
	text, _ := json.Marshal(told)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// filled leaves out properties without a value, which are the same as none.
func filled(properties map[string][]string) map[string][]string {
	out := map[string][]string{}
	for name, values := range properties {
		if len(values) > 0 {
			out[name] = values
		}
	}
	return out
}
