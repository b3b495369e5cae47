package distribution

import "time"

// Hold is what one cause would newly place in one deployment, held until somebody has looked at it.
type Hold struct {
	ID         string
	Note       string // what happened: policy "Finance to eu" applied
	Actor      string
	Created    time.Time
	Deployment DeploymentRef
	Apps       int   // that are still held
	Bytes      int64 // of their files at the site
}

// Newly gives the deliveries that a plan starts to tenants that hold nothing of the app. Only these are ever held for review:
// what is placed goes on being refreshed.
func (p Plan) Newly(s Situation) (fresh []Delivery) {
	for _, d := range p.Start {
		if !s.holds(d.DeploymentID) {
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// holds says whether the deployment's tenant holds the app, left there or not.
func (s Situation) holds(deploymentID string) bool {
	for _, dep := range s.Deployments {
		for _, p := range s.Placements {
			if dep.ID == deploymentID && dep.TenantID != "" && p.TenantID == dep.TenantID {
				return true
			}
		}
	}
	return false
}
