package distribution

import (
	"time"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// Decision is what one decision about an app was made of, so that it can be explained as of its moment.
type Decision struct {
	At       time.Time
	Note     string          // what happened
	App      *site.App       // as it was; nil: it was gone
	Policies []policy.Policy // that were enabled, in the versions of then
	Lost     int             // policies whose version of then is not kept any more
	Targets  []policy.Target // that were enabled
}
