package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/secret"
)

const selectDeployments = `
	SELECT d.id, d.name, d.endpoint, d.audience, d.auth, d.client_id, d.client_secret, d.token_endpoint, ` + landingColumns + `, ` + admissionColumns + `, ` + limitColumns + `, d.kind, d.contact, d.note,
	       d.hold_above, d.disabled, d.pause_since, d.pause_reason, d.pause_by, d.pause_cause, d.tenant_id, d.version, d.created, d.modified, d.modified_by,
	       ` + signInColumns + `
	FROM deployments d` + joinKeys

// scanDeployment reads a deployment and opens its secrets.
func (s *Store) scanDeployment(row scanner) (deployment.Deployment, error) {
	var d deployment.Deployment
	var sealed string
	var pause deployment.Pause
	var in scannedSignIn
	places := []any{&d.ID, &d.Name, &d.Endpoint, &d.Audience, &d.Auth, &d.ClientID, &sealed, &d.TokenEndpoint}
	places = append(append(places, landingFields(&d.Landing)...), admissionFields(&d.Admission)...)
	places = append(places, limitFields(&d.Limits)...)
	places = append(places, &d.Kind, &d.Contact, &d.Note, &d.HoldAbove, &d.Disabled, moment(&pause.Since), &pause.Reason, &pause.By, &pause.Cause,
		&d.TenantID, &d.Version, moment(&d.Created), moment(&d.Modified), &d.ModifiedBy)
	err := row.Scan(append(places, in.places(&d)...)...)
	if err != nil {
		return d, err
	}
	if !pause.Since.IsZero() {
		d.Pause = &pause
	}
	if err := s.openSignIn(&d, in); err != nil {
		return d, err
	}
	d.ClientSecret, err = s.unseal(clientSecretColumn, d.ID, sealed)
	return d, err
}

func (s *Store) deployments(ctx context.Context, tx *tx) ([]deployment.Deployment, error) {
	return list(ctx, tx, s.scanDeployment, selectDeployments+`ORDER BY d.name_key`)
}

func (s *Store) deployment(ctx context.Context, tx *tx, id string) (deployment.Deployment, error) {
	d, err := s.scanDeployment(tx.row(ctx, selectDeployments+`WHERE d.id = ?`, id))
	return d, missing(err, "The deployment is not there any more. Somebody has deleted it.")
}

// Deployments gives all deployments, by name.
func (s *Store) Deployments(ctx context.Context) (all []deployment.Deployment, err error) {
	err = s.read(ctx, func(tx *tx) error {
		all, err = s.deployments(ctx, tx)
		return err
	})
	return all, err
}

// Deployment gives one deployment.
func (s *Store) Deployment(ctx context.Context, id string) (d deployment.Deployment, err error) {
	err = s.read(ctx, func(tx *tx) error {
		d, err = s.deployment(ctx, tx, id)
		return err
	})
	return d, err
}

// sealedColumn is a column whose values are sealed, each for its own row.
type sealedColumn struct{ table, column string }

var (
	clientSecretColumn = sealedColumn{"deployments", "client_secret"}
	apiKeyColumn       = sealedColumn{"deployments", "api_key"}
	privatePEMColumn   = sealedColumn{"signing_keys", "private_pem"}
)

// seal gives a secret as it is stored; an empty one stays empty.
func (s *Store) seal(c sealedColumn, row string, plain secret.Text) (string, error) {
	if plain == "" {
		return "", nil
	}
	return s.box.Seal(c.table, c.column, row, []byte(plain.Reveal()))
}

func (s *Store) unseal(c sealedColumn, row, sealed string) (secret.Text, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := s.box.Unseal(c.table, c.column, row, sealed)
	return secret.Text(plain), err
}

// maxDrafts bounds how many keys wait for their Apply.
const maxDrafts = 200

// CreateDraft keeps a key for a deployment that is not applied yet. At most 200 drafts live: the oldest ones give way, so
// that nobody who opens many pages is locked out; their forms say so at Apply.
func (s *Store) CreateDraft(ctx context.Context, d deployment.Draft, private secret.Text) error {
	sealed, err := s.seal(privatePEMColumn, d.ID, private)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if err := tx.sweepDrafts(ctx, tx.now); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `
			INSERT INTO signing_keys (id, deployment_id, state, kid, issuer, public_pem, certificate, private_pem, created, expires)
			VALUES (?, NULL, 'draft', ?, ?, ?, ?, ?, ?, ?)`,
			d.ID, d.Key.ID, d.Key.Issuer, d.Key.PublicPEM, d.Key.Certificate, sealed, micros(d.Key.Created), micros(d.Expires))
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `
			DELETE FROM signing_keys WHERE state = 'draft' AND id NOT IN (
				SELECT id FROM signing_keys WHERE state = 'draft' ORDER BY expires DESC, id LIMIT ?)`, maxDrafts)
		return err
	})
}

func (tx *tx) sweepDrafts(ctx context.Context, now time.Time) error {
	_, err := tx.exec(ctx, `DELETE FROM signing_keys WHERE state = 'draft' AND expires <= ?`, micros(now))
	return err
}

// SweepDrafts deletes the drafts that have ended.
func (s *Store) SweepDrafts(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error { return tx.sweepDrafts(ctx, tx.now) })
}

// Draft gives a draft that still lives.
func (s *Store) Draft(ctx context.Context, id string) (d deployment.Draft, err error) {
	err = s.read(ctx, func(tx *tx) error {
		row := tx.row(ctx, `SELECT id, kid, issuer, public_pem, certificate, created, expires FROM signing_keys WHERE id = ? AND state = 'draft' AND expires > ?`, id, micros(tx.now))
		err := row.Scan(append(append([]any{&d.ID}, keyPlaces(&d.Key)...), moment(&d.Expires))...)
		return missing(err, "This local bearer token is not kept any more: a token waits 24 hours for its Apply. Make a new one.")
	})
	return d, err
}

// bindDraft makes a draft the active key of a deployment; the key before it retires.
func (tx *tx) bindDraft(ctx context.Context, draftID, deploymentID string) error {
	_, err := tx.exec(ctx, `UPDATE signing_keys SET state = 'retired' WHERE deployment_id = ? AND state = 'active'`, deploymentID)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `
		UPDATE signing_keys SET state = 'active', deployment_id = ?, expires = 0 WHERE id = ? AND state = 'draft' AND expires > ?`,
		deploymentID, draftID, micros(tx.now))
	if err == nil && n == 0 {
		return fault.Field(fault.Conflict, "draft", "This local bearer token is not kept any more: a token waits 24 hours for its Apply. Copy the new one into the tenant.")
	}
	return err
}

// SigningKey gives the active key of a deployment, with its private half.
func (s *Store) SigningKey(ctx context.Context, deploymentID string) (deployment.SigningKey, error) {
	return s.signingKey(ctx, deploymentID, "active", "The deployment has no signing key. Open it, and copy its key into the tenant.")
}
