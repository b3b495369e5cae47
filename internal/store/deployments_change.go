package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
)

// CreateDeployment adds a deployment, binds its draft as the active key when it signs in with a key of ours, and decides about
// all apps anew.
func (s *Store) CreateDeployment(ctx context.Context, d deployment.Deployment, draftID string) (string, error) {
	d.ID = ""
	if err := tidy(&d); err != nil {
		return "", err
	}
	d.ID = uuid.NewString()
	err := s.write(ctx, func(tx *tx) error {
		if err := s.insertDeployment(ctx, tx, d); err != nil {
			return err
		}
		if d.Auth.Signs() {
			if err := tx.bindDraft(ctx, draftID, d.ID); err != nil {
				return err
			}
		}
		after, err := s.deployment(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := tx.recordChange(ctx, "created", nil, &after); err != nil {
			return err
		}
		return s.emitDeployment(ctx, tx, after, "set up")
	})
	if err != nil {
		return "", err
	}
	return d.ID, nil
}

func (s *Store) insertDeployment(ctx context.Context, tx *tx, d deployment.Deployment) error {
	if err := tx.freeDeployment(ctx, d); err != nil {
		return err
	}
	sealed, err := s.seal(clientSecretColumn, d.ID, d.ClientSecret)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
		INSERT INTO deployments (id, name, name_key, endpoint, audience, auth, client_id, client_secret, token_endpoint, space, kind, contact, note,
		                         hold_above, disabled, version, created, modified, modified_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
		d.ID, d.Name, nameKey(d.Name), d.Endpoint, d.Audience, d.Auth, d.ClientID, sealed, d.TokenEndpoint, d.Landing.Space, d.Kind, d.Contact, d.Note,
		d.HoldAbove, d.Disabled, micros(tx.now), micros(tx.now), tx.actor.Name)
	if err != nil {
		return err
	}
	return s.setParts(ctx, tx, d)
}

// setParts stores what a deployment has beside its own row.
func (s *Store) setParts(ctx context.Context, tx *tx, d deployment.Deployment) error {
	if err := tx.setLanding(ctx, d.ID, d.Landing); err != nil {
		return err
	}
	if err := tx.setAdmission(ctx, d.ID, d.Admission); err != nil {
		return err
	}
	if err := tx.setLimits(ctx, d.ID, d.Limits); err != nil {
		return err
	}
	return s.setSignIn(ctx, tx, d)
}

// UpdateDeployment changes a deployment that is still in the version of d, together with the policies that a rename
// rewrites, and decides about all apps anew. What has methods of its own (disabled, pause, tenant) stays. An empty client
// secret keeps the stored one. With another endpoint the tenant's own id is not bound any more.
func (s *Store) UpdateDeployment(ctx context.Context, d deployment.Deployment, draftID string, rewrite []policy.Policy) error {
	if err := tidy(&d); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		before, err := s.deployment(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if before.Version != d.Version {
			return stale(before.ModifiedBy)
		}
		if draftID == "" && len(rewrite) == 0 && unchanged(before, d) {
			return nil
		}
		if err := s.updateDeployment(ctx, tx, before, d, draftID); err != nil {
			return err
		}
		if err := tx.rewritePolicies(ctx, before.Name, d.Name, rewrite); err != nil {
			return err
		}
		after, err := s.deployment(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		return s.changed(ctx, tx, before, after)
	})
}

// changed records the change, lets what waits for it look again, and decides all apps anew.
func (s *Store) changed(ctx context.Context, tx *tx, before, after deployment.Deployment) error {
	if err := tx.recordChange(ctx, "changed", &before, &after); err != nil {
		return err
	}
	if after.Pause == nil {
		if err := s.wake(ctx, tx, after.ID); err != nil {
			return err
		}
	}
	return s.emitDeployment(ctx, tx, after, "changed")
}

// unchanged says whether a form wants what is there already. What has methods of its own does not count.
func unchanged(before, d deployment.Deployment) bool {
	if d.ClientSecret != "" && d.ClientSecret != before.ClientSecret {
		return false
	}
	if d.APIKey != "" && d.APIKey != before.APIKey {
		return false
	}
	d.ClientSecret, d.APIKey, d.Key, d.Disabled, d.TenantID = before.ClientSecret, before.APIKey, before.Key, before.Disabled, before.TenantID
	return len(diff(deploymentFields(&before), deploymentFields(&d))) == 0
}

func (s *Store) updateDeployment(ctx context.Context, tx *tx, before, d deployment.Deployment, draftID string) error {
	if err := tx.freeDeployment(ctx, d); err != nil {
		return err
	}
	if err := keepSecret(before, &d); err != nil {
		return err
	}
	if err := keepAPIKey(before, &d); err != nil {
		return err
	}
	keepSeen(before, &d)
	d.TenantID = before.TenantID
	if before.Endpoint != d.Endpoint {
		d.TenantID = ""
		if err := s.leaveAddress(ctx, tx, d.ID); err != nil {
			return err
		}
	}
	if err := s.writeDeployment(ctx, tx, d); err != nil {
		return err
	}
	if d.TenantID == "" {
		if err := tx.showTenant(ctx, before.TenantID); err != nil {
			return err
		}
	}
	if !d.Auth.Signs() {
		return tx.dropNextKey(ctx, d.ID)
	}
	return tx.keepKey(ctx, d.ID, draftID)
}

// writeDeployment writes a deployment over the version of it that d is made from.
func (s *Store) writeDeployment(ctx context.Context, tx *tx, d deployment.Deployment) error {
	sealed, err := s.seal(clientSecretColumn, d.ID, d.ClientSecret)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
		UPDATE deployments SET name = ?, name_key = ?, endpoint = ?, audience = ?, auth = ?, client_id = ?, client_secret = ?, token_endpoint = ?,
		       space = ?, kind = ?, contact = ?, note = ?, hold_above = ?, tenant_id = ?, version = version + 1, modified = ?, modified_by = ?
		WHERE id = ? AND version = ?`,
		d.Name, nameKey(d.Name), d.Endpoint, d.Audience, d.Auth, d.ClientID, sealed, d.TokenEndpoint, d.Landing.Space, d.Kind, d.Contact, d.Note,
		d.HoldAbove, d.TenantID, micros(tx.now), tx.actor.Name, d.ID, d.Version)
	if err != nil {
		return err
	}
	return s.setParts(ctx, tx, d)
}

// leaveAddress ends what is under way to the old address: its uploads are there, and nobody knows yet whether the new address
// is the same tenant. The decision that follows begins anew, and takes up what it finds.
func (s *Store) leaveAddress(ctx context.Context, tx *tx, id string) error {
	h, err := tx.head(ctx, id)
	if err != nil {
		return err
	}
	lost, err := s.breakOff(ctx, tx, h, "deployment "+quoted(h.name)+" got another API endpoint")
	if err != nil || len(lost) == 0 {
		return err
	}
	return tx.recordDeployment(ctx, h, "left the tenant", lost...)
}

// keepSecret takes over the stored client secret where the form left it empty, and drops one that is not needed any more. It
// is not taken over to another host: whoever may change the token endpoint could have the secret sent to a server of their own.
func keepSecret(before deployment.Deployment, d *deployment.Deployment) error {
	if d.Auth != deployment.ClientCredentials {
		d.ClientSecret = ""
		return nil
	}
	switch {
	case d.ClientSecret != "":
		return nil
	case before.ClientSecret == "":
		return fault.Field(fault.Invalid, "clientsecret", "Enter the client secret of the tenant's OAuth client.")
	case !deployment.SameHost(before.TokenEndpoint, d.TokenEndpoint):
		return fault.Field(fault.Invalid, "clientsecret", "Enter the client secret again: the token endpoint is another host, and the stored secret is not sent there.")
	}
	d.ClientSecret = before.ClientSecret
	return nil
}

// keepKey binds the draft where there is one; else the deployment needs the key that it has.
func (tx *tx) keepKey(ctx context.Context, id, draftID string) error {
	if draftID != "" {
		return tx.bindDraft(ctx, draftID, id)
	}
	var has bool
	err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM signing_keys WHERE deployment_id = ? AND state = 'active')`, id).Scan(&has)
	if err == nil && !has {
		return fault.Field(fault.Conflict, "draft", "The deployment has no key yet. Copy what the page shows into the tenant, then apply.")
	}
	return err
}

// tidy checks a deployment, and brings it into the shape in which it is stored and compared.
func tidy(d *deployment.Deployment) error {
	d.Name, d.Audience = strings.TrimSpace(d.Name), strings.TrimSpace(d.Audience)
	tidyLanding(d)
	tidyLimits(&d.Limits)
	if err := fault.InFields(d.Check()); err != nil {
		return err
	}
	var err error
	d.Endpoint, err = deployment.Origin(d.Endpoint)
	return err
}

// freeDeployment refuses a name or a tenant that another deployment has.
func (tx *tx) freeDeployment(ctx context.Context, d deployment.Deployment) error {
	if err := tx.freeName(ctx, "deployments", "deployment", d.Name, d.ID); err != nil {
		return err
	}
	others, err := list(ctx, tx, scanText, `SELECT name FROM deployments WHERE endpoint = ? AND id <> ?`, d.Endpoint, d.ID)
	if err == nil && len(others) > 0 {
		return fault.Field(fault.Conflict, "endpoint", "The deployment %q has this endpoint already. Two deployments never share a tenant.", others[0])
	}
	return err
}

func (s *Store) emitDeployment(ctx context.Context, tx *tx, d deployment.Deployment, what string) error {
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.DeploymentChanged, Note: "deployment " + quoted(d.Name) + " " + what})
}

func (tx *tx) recordChange(ctx context.Context, action string, before, after *deployment.Deployment) error {
	changes := diff(deploymentFields(before), deploymentFields(after))
	if before != nil && before.APIKey != after.APIKey && before.APIKey != "" && after.APIKey != "" {
		changes = append(changes, account.Change{Field: "API key", Before: "(set)", After: "(changed)"})
	}
	if before != nil && before.ClientSecret != after.ClientSecret && before.ClientSecret != "" && after.ClientSecret != "" {
		changes = append(changes, account.Change{Field: "Client secret", Before: "(set)", After: "(changed)"})
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "deployment", ObjectID: after.ID, ObjectName: after.Name, Changes: changes})
}

// deploymentFields gives what the history shows; of secrets only that they are set.
func deploymentFields(d *deployment.Deployment) []field {
	if d == nil {
		return nil
	}
	clientSecret, apiKey, key := "", "", ""
	if d.APIKey != "" {
		apiKey = "(set)"
	}
	if d.ClientSecret != "" {
		clientSecret = "(set)"
	}
	if d.Key != nil {
		key = d.Key.ID
	}
	fields := []field{
		{"Name", d.Name}, {"API endpoint", d.Endpoint}, {"Audience", d.Audience}, {"Sign-in", d.Auth.Words()}, {"Key", key},
		{"Client ID", d.ClientID}, {"Client secret", clientSecret}, {"Client secret expires", dayText(d.SecretExpires)}, {"Token endpoint", d.TokenEndpoint}, {"API key", apiKey},
		{"Kind", string(d.Kind)}, {"Hold new apps above", limitText(d.HoldAbove)}, {"Contact", d.Contact}, {"Note", d.Note}, {"Disabled", yesNo(d.Disabled)}, {"Tenant", d.TenantID},
	}
	fields = append(append(fields, landingDiff(d.Landing)...), admissionDiff(d.Admission)...)
	return append(fields, limitDiff(d.Limits)...)
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func limitText(limit *int) string {
	if limit == nil {
		return ""
	}
	return countText(int64(*limit))
}
