package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// PlacementsIn gives all that a tenant holds of the site's apps, left, linked and marked ones too.
func (s *Store) PlacementsIn(ctx context.Context, tenantID string) (all []distribution.Placement, err error) {
	err = s.read(ctx, func(tx *tx) error {
		all, err = list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p WHERE p.tenant_id = ? ORDER BY p.app_id`, tenantID)
		return err
	})
	return all, err
}

var errRefused = errors.New("some adoptions are refused")

// Adopt links apps to the copies that the tenant held before us, or marks those: all of them, or none when some are refused, each
// with its reason. A fault.Conflict says that the deployment goes to another tenant than the one that was looked at.
func (s *Store) Adopt(ctx context.Context, deploymentID, tenantID string, all []distribution.Adoption) (refusals []distribution.Refusal, err error) {
	err = s.write(ctx, func(tx *tx) error {
		refusals = nil
		h, err := tx.head(ctx, deploymentID)
		if err != nil {
			return err
		}
		if h.tenantID == "" || h.tenantID != tenantID {
			return fault.New(fault.Conflict, "Nothing was linked: deployment %q goes to another tenant than the one whose apps were shown.", h.name)
		}
		for _, a := range all {
			why, err := s.adopt(ctx, tx, h, a)
			if err != nil {
				return err
			}
			if why != "" {
				refusals = append(refusals, distribution.Refusal{AppID: a.AppID, Why: why})
			}
		}
		if len(refusals) > 0 {
			return errRefused
		}
		return tx.recordAdoptions(ctx, h, all)
	})
	if errors.Is(err, errRefused) {
		err = nil
	}
	return refusals, err
}

// adopt does one adoption, or says why not.
func (s *Store) adopt(ctx context.Context, tx *tx, h deploymentHead, a distribution.Adoption) (why string, err error) {
	app, err := tx.appIfThere(ctx, a.AppID)
	if err != nil {
		return "", err
	}
	if why, err = tx.mayAdopt(ctx, h, app, a); err != nil || why != "" {
		return why, err
	}
	if why, err = s.makeWay(ctx, tx, h, a); err != nil || why != "" {
		return why, err
	}
	if err := tx.place(ctx, tx.adopted(h, *app, a)); err != nil {
		return "", err
	}
	if err := tx.showApp(ctx, app.ID); err != nil {
		return "", err
	}
	action := "linked"
	if a.Mark {
		action = "left and marked"
	}
	return "", tx.recordAdoption(ctx, h, action, tx.adopted(h, *app, a))
}

// mayAdopt says what stands against an adoption.
func (tx *tx) mayAdopt(ctx context.Context, h deploymentHead, app *site.App, a distribution.Adoption) (why string, err error) {
	switch {
	case app == nil:
		return "The app was deleted from the site.", nil
	case !app.Published():
		return "The app is not published any more.", nil
	}
	old, err := tx.placement(ctx, a.AppID, h.tenantID)
	switch {
	case err != nil:
		return "", err
	case old == nil, a.Mark && old.Untouched() && old.RemoteID == a.RemoteID:
	case old.Marked:
		return "Somebody has marked it meanwhile: the tenant app " + old.RemoteID + " is left as it is. Undo the mark first.", nil
	case old.Untouched():
		return "Somebody has linked it meanwhile, to the tenant app " + old.RemoteID + ".", nil
	default:
		return "Skyferry has placed it in this tenant already, as " + old.RemoteID + ".", nil
	}
	names, err := list(ctx, tx, scanText, `SELECT app_name FROM placements WHERE tenant_id = ? AND remote_id = ? AND app_id <> ?`, h.tenantID, a.RemoteID, a.AppID)
	if err == nil && len(names) > 0 {
		why = "The tenant app " + a.RemoteID + " belongs to " + quoted(names[0]) + " already."
	}
	return why, err
}

// makeWay lets the open deliveries of the app heed the adoption: those that wait for a name go on, or all are closed for a mark. One
// that is in the middle of its import stands against it.
func (s *Store) makeWay(ctx context.Context, tx *tx, h deploymentHead, a distribution.Adoption) (why string, err error) {
	open, err := tx.openOf(ctx, a.AppID, h.id)
	if err != nil {
		return "", err
	}
	for _, d := range open {
		switch {
		case d.Begun() && d.State != distribution.Paused:
			return "A delivery of it is being imported just now. Choose again when it has ended.", nil
		case a.Mark:
			err = tx.closeDelivery(ctx, d.ID, distribution.Cancelled, distribution.NotWanted, tx.markedWhy())
		case d.State == distribution.Paused && d.Cause.LooksAgain():
			err = s.restart(ctx, tx, d, "linked by "+tx.actor.Name)
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

func (tx *tx) openOf(ctx context.Context, appID, deploymentID string) ([]distribution.Delivery, error) {
	return list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.app_id = ? AND d.deployment_id = ? AND d.finished = 0 ORDER BY d.created`, appID, deploymentID)
}

func (tx *tx) markedWhy() string { return "left as it is: marked by " + tx.actor.Name }

// adopted is the placement that an adoption makes. Its data version is that of no app, so that the next decision sends data.
func (tx *tx) adopted(h deploymentHead, app site.App, a distribution.Adoption) distribution.Placement {
	p := distribution.Placement{
		AppID: app.ID, AppName: app.Name, TenantID: h.tenantID, DeploymentID: h.id, RemoteID: a.RemoteID, RemoteName: a.RemoteName,
		SpaceID: a.SpaceID, SpaceName: a.SpaceName, Size: a.Size,
	}
	if a.SpaceID != "" {
		p.SpaceRule = distribution.SetInTenant
	}
	if a.Mark {
		p.Marked, p.Left, p.LeftWhy = true, tx.now, tx.markedWhy()
	} else {
		p.Adopted = tx.now
	}
	return p
}

func (tx *tx) recordAdoption(ctx context.Context, h deploymentHead, action string, p distribution.Placement) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "app", ObjectID: p.AppID, ObjectName: p.AppName + " in " + h.name,
		Changes: []account.Change{{Field: "App in tenant", After: p.RemoteID}, {Field: "Name", After: p.RemoteName}, {Field: "Space", After: p.SpaceName}}})
}

func (tx *tx) recordAdoptions(ctx context.Context, h deploymentHead, all []distribution.Adoption) error {
	marked := 0
	for _, a := range all {
		if a.Mark {
			marked++
		}
	}
	var changes []account.Change
	for _, c := range []struct {
		field string
		n     int
	}{{"Apps linked", len(all) - marked}, {"Apps left and marked", marked}} {
		if c.n > 0 {
			changes = append(changes, account.Change{Field: c.field, After: strconv.Itoa(c.n)})
		}
	}
	return tx.recordDeployment(ctx, h, "adopted apps", changes...)
}

// Disown takes a link or a mark back: nothing is known of the tenant's copy any more. Deliveries that wait are cancelled; the next
// decision begins anew. A fault.Conflict says that something was sent to the copy already, or is being sent.
func (s *Store) Disown(ctx context.Context, deploymentID, appID string) error {
	return s.write(ctx, func(tx *tx) error {
		h, err := tx.head(ctx, deploymentID)
		if err != nil {
			return err
		}
		p, err := tx.placement(ctx, appID, h.tenantID)
		switch {
		case err != nil:
			return err
		case p == nil:
			return fault.New(fault.NotFound, "Nothing is linked or marked here any more: somebody has undone it.")
		case !p.Marked && !p.Untouched():
			return fault.New(fault.Conflict, "Something was sent to %q in the tenant since it was linked: it is an ordinary placement now, and cannot be unlinked.", p.AppName)
		}
		if err := s.stopSending(ctx, tx, h, *p); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM placements WHERE app_id = ? AND tenant_id = ?`, appID, h.tenantID); err != nil {
			return err
		}
		if err := tx.showApp(ctx, appID); err != nil {
			return err
		}
		action := "unlinked"
		if p.Marked {
			action = "mark undone"
		}
		return tx.recordAdoption(ctx, h, action, *p)
	})
}

// stopSending cancels the open deliveries of a link that is taken back: they would make a second copy.
func (s *Store) stopSending(ctx context.Context, tx *tx, h deploymentHead, p distribution.Placement) error {
	open, err := tx.openOf(ctx, p.AppID, h.id)
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.Begun() && d.State != distribution.Paused {
			return fault.New(fault.Conflict, "A delivery of %q is being imported just now. Look again when it has ended.", p.AppName)
		}
		if err := tx.closeDelivery(ctx, d.ID, distribution.Cancelled, distribution.CancelledByAdmin, "unlinked by "+tx.actor.Name); err != nil {
			return err
		}
	}
	return nil
}

// MarkedApps gives the ids of the apps whose copy is left as it is, by the id of the deployment.
func (s *Store) MarkedApps(ctx context.Context) (marked map[string][]string, err error) {
	marked = map[string][]string{}
	err = s.read(ctx, func(tx *tx) error {
		pairs, err := list(ctx, tx, func(row scanner) (pair [2]string, err error) {
			err = row.Scan(&pair[0], &pair[1])
			return pair, err
		}, `SELECT dep.id, p.app_id FROM placements p JOIN deployments dep ON dep.tenant_id = p.tenant_id WHERE p.marked AND dep.tenant_id <> ''`)
		for _, pair := range pairs {
			marked[pair[0]] = append(marked[pair[0]], pair[1])
		}
		return err
	})
	return marked, err
}
