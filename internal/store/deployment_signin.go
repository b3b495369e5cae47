package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
)

// signInColumns are those of a deployment d, its active key k and its next key n.
const signInColumns = `d.api_key, d.secret_expires, d.certificate_expires, d.person,
	       COALESCE(k.kid, ''), COALESCE(k.issuer, ''), COALESCE(k.public_pem, ''), COALESCE(k.certificate, ''), COALESCE(k.created, 0),
	       COALESCE(n.kid, ''), COALESCE(n.issuer, ''), COALESCE(n.public_pem, ''), COALESCE(n.certificate, ''), COALESCE(n.created, 0)`

const joinKeys = `
	LEFT JOIN signing_keys k ON k.deployment_id = d.id AND k.state = 'active'
	LEFT JOIN signing_keys n ON n.deployment_id = d.id AND n.state = 'next' `

// scannedSignIn is what signInColumns hold.
type scannedSignIn struct {
	apiKey    string // sealed
	key, next deployment.Key
}

func (in *scannedSignIn) places(d *deployment.Deployment) []any {
	places := []any{&in.apiKey, moment(&d.SecretExpires), moment(&d.CertificateExpires), &d.Person}
	return append(append(places, keyPlaces(&in.key)...), keyPlaces(&in.next)...)
}

func keyPlaces(k *deployment.Key) []any {
	return []any{&k.ID, &k.Issuer, &k.PublicPEM, &k.Certificate, moment(&k.Created)}
}

// openSignIn opens the API key. The keys are shown only where one signs.
func (s *Store) openSignIn(d *deployment.Deployment, in scannedSignIn) (err error) {
	if d.Auth.Signs() && in.key.ID != "" {
		d.Key = &in.key
		if in.next.ID != "" {
			d.Next = &in.next
		}
	}
	d.APIKey, err = s.unseal(apiKeyColumn, d.ID, in.apiKey)
	return err
}

// setSignIn writes what the ways of signing in other than client credentials need, and what is known of their ends.
func (s *Store) setSignIn(ctx context.Context, tx *tx, d deployment.Deployment) error {
	if d.Auth != deployment.APIKey {
		d.APIKey, d.Person = "", ""
	}
	if d.Auth != deployment.ClientCredentials {
		d.SecretExpires = time.Time{}
	}
	sealed, err := s.seal(apiKeyColumn, d.ID, d.APIKey)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE deployments SET api_key = ?, secret_expires = ?, certificate_expires = ?, person = ? WHERE id = ?`,
		sealed, micros(d.SecretExpires), micros(d.CertificateExpires), d.Person, d.ID)
	return err
}

// keepAPIKey takes over the stored API key where the form left it empty. It is not taken over to another host, as the client
// secret is not.
func keepAPIKey(before deployment.Deployment, d *deployment.Deployment) error {
	switch {
	case d.Auth != deployment.APIKey:
		d.APIKey = ""
		return nil
	case d.APIKey != "":
		return nil
	case before.APIKey == "":
		return fault.Field(fault.Invalid, "apikey", "Enter the API key, as the tenant showed it once.")
	case !deployment.SameHost(before.Endpoint, d.Endpoint):
		return fault.Field(fault.Invalid, "apikey", "Enter the API key again: the API endpoint is another host, and the stored key is not sent there.")
	}
	d.APIKey = before.APIKey
	return nil
}

// keepSeen takes over what the last test saw, as long as it is about the same address and key.
func keepSeen(before deployment.Deployment, d *deployment.Deployment) {
	d.CertificateExpires, d.Person = time.Time{}, ""
	if before.Endpoint != d.Endpoint {
		return
	}
	if d.CertificateExpires = before.CertificateExpires; before.APIKey == d.APIKey {
		d.Person = before.Person
	}
}

// NoteTest keeps what a test of the connection, or the calls since, saw: the end of the tenant's certificate (zero: none was seen) and whose API key
// it is. That is no change of the configuration.
func (s *Store) NoteTest(ctx context.Context, deploymentID string, certificate time.Time, person string) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `UPDATE deployments SET certificate_expires = ?, person = ? WHERE id = ?`, micros(certificate), person, deploymentID)
		return err
	})
}

// NextKey gives the key of a deployment that takes over from the active one, with its private half. It is a fault.NotFound when
// there is none.
func (s *Store) NextKey(ctx context.Context, deploymentID string) (deployment.SigningKey, error) {
	return s.signingKey(ctx, deploymentID, "next", "The deployment has no next key. Somebody has dropped it.")
}

func (s *Store) signingKey(ctx context.Context, deploymentID, state, gone string) (key deployment.SigningKey, err error) {
	err = s.read(ctx, func(tx *tx) error {
		var id, sealed string
		err := tx.row(ctx, `SELECT id, private_pem, kid, issuer, public_pem, certificate, created FROM signing_keys WHERE deployment_id = ? AND state = ?`, deploymentID, state).
			Scan(append([]any{&id, &sealed}, keyPlaces(&key.Key)...)...)
		if err != nil {
			return missing(err, "%s", gone)
		}
		key.PrivatePEM, err = s.unseal(privatePEMColumn, id, sealed)
		return err
	})
	return key, err
}

// AddNextKey gives a deployment a key that takes over from its active one as soon as the tenant accepts it.
func (s *Store) AddNextKey(ctx context.Context, deploymentID, keyID string, key deployment.SigningKey) error {
	sealed, err := s.seal(privatePEMColumn, keyID, key.PrivatePEM)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		d, err := s.deployment(ctx, tx, deploymentID)
		switch {
		case err != nil:
			return err
		case d.Key == nil:
			return fault.New(fault.Conflict, "The deployment signs in without a key of its own: there is nothing to take over from.")
		case d.Next != nil:
			return fault.New(fault.Conflict, "There is a next key already: %s. Use it, or drop it first.", d.Next.ID)
		}
		_, err = tx.exec(ctx, `
			INSERT INTO signing_keys (id, deployment_id, state, kid, issuer, public_pem, certificate, private_pem, created, expires)
			VALUES (?, ?, 'next', ?, ?, ?, ?, ?, ?, 0)`,
			keyID, deploymentID, key.ID, key.Issuer, key.PublicPEM, key.Certificate, sealed, micros(key.Created))
		if err != nil {
			return err
		}
		return tx.recordKey(ctx, d, "next key made", account.Change{Field: "Next key", After: key.ID})
	})
}

// PromoteKey makes the next key with this id the active one, and retires the one before it. What was refused until now looks again
// at once. When it is the active one already, nothing is left to do.
func (s *Store) PromoteKey(ctx context.Context, deploymentID, kid string) error {
	return s.write(ctx, func(tx *tx) error {
		d, err := s.deployment(ctx, tx, deploymentID)
		switch {
		case err != nil:
			return err
		case d.Key != nil && d.Key.ID == kid:
			return nil
		case d.Key == nil || d.Next == nil || d.Next.ID != kid:
			return fault.New(fault.Conflict, "Key %s is not the next key of the deployment any more.", kid)
		}
		if err := tx.moveKey(ctx, d.Key.ID, "retired"); err != nil {
			return err
		}
		if err := tx.moveKey(ctx, kid, "active"); err != nil {
			return err
		}
		if d.Pause == nil {
			if err := s.wake(ctx, tx, d.ID); err != nil {
				return err
			}
		}
		return tx.recordKey(ctx, d, "next key took over", account.Change{Field: "Key", Before: d.Key.ID, After: kid}, account.Change{Field: "Next key", Before: kid})
	})
}

func (tx *tx) moveKey(ctx context.Context, kid, state string) error {
	_, err := tx.exec(ctx, `UPDATE signing_keys SET state = ? WHERE kid = ?`, state, kid)
	return err
}

// DropNextKey deletes the next key of a deployment. The active one goes on.
func (s *Store) DropNextKey(ctx context.Context, deploymentID string) error {
	return s.write(ctx, func(tx *tx) error {
		d, err := s.deployment(ctx, tx, deploymentID)
		if err != nil || d.Next == nil {
			return err
		}
		if err := tx.dropNextKey(ctx, d.ID); err != nil {
			return err
		}
		return tx.recordKey(ctx, d, "next key dropped", account.Change{Field: "Next key", Before: d.Next.ID})
	})
}

func (tx *tx) dropNextKey(ctx context.Context, deploymentID string) error {
	_, err := tx.exec(ctx, `DELETE FROM signing_keys WHERE deployment_id = ? AND state = 'next'`, deploymentID)
	return err
}

func (tx *tx) recordKey(ctx context.Context, d deployment.Deployment, action string, changes ...account.Change) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "deployment", ObjectID: d.ID, ObjectName: d.Name, Changes: changes})
}
