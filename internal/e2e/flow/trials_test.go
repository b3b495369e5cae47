package flow

import (
	"net/http"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
)

// Which tenant of a trial gets the faults, and when.
const (
	onlyStaged  = "staged"
	onlyManaged = "managed"
)

// ordeal is one fault, or some at once, that both ways of landing have to stand.
type ordeal struct {
	faults []faults.Fault
	only   string             // empty: both tenants
	once   bool               // at the first version alone: later it would not come
	later  bool               // at the second version alone
	stays  distribution.State // it does not heal by itself: how a delivery waits, while the tenant has what it had before
}

func one(f faults.Fault) ordeal { return ordeal{faults: []faults.Fault{f}} }

var ordeals = map[string]ordeal{
	"latency":                  one(faults.Fault{Kind: faults.Latency, Wait: 0.05, Calls: 30}),
	"narrow line, request":     one(faults.Fault{Kind: faults.Bandwidth, Bytes: 150_000, Calls: 3}),
	"narrow line, answer":      one(faults.Fault{Kind: faults.Bandwidth, Endpoint: "any", Side: faults.Answer, Bytes: 5000, Calls: 8}),
	"cut in a part":            one(faults.Fault{Kind: faults.Cut, Bytes: 5000, Calls: 3}),
	"cut in the import answer": one(faults.Fault{Kind: faults.Cut, Endpoint: "import", Side: faults.Answer, Bytes: 20}),
	"cut in every answer":      one(faults.Fault{Kind: faults.Cut, Endpoint: "any", Side: faults.Answer, Calls: 4}),
	"cut in the publish answer": {only: onlyManaged, faults: []faults.Fault{
		{Kind: faults.Cut, Endpoint: "publish", Side: faults.Answer, Bytes: 1}}},
	"429 with Retry-After":   one(faults.Fault{Kind: faults.RateLimit, Wait: 1, Calls: 2}),
	"429 while uploading":    one(faults.Fault{Kind: faults.RateLimit, Endpoint: "tus-patch", Wait: 1}),
	"503 everywhere":         one(faults.Fault{Kind: faults.ErrorStatus, Calls: 4}),
	"500 at the import":      one(faults.Fault{Kind: faults.ErrorStatus, Endpoint: "import", Status: 500, Calls: 2}),
	"502 at the import":      one(faults.Fault{Kind: faults.ErrorStatus, Endpoint: "import", Status: 502}),
	"504, and nothing done":  one(faults.Fault{Kind: faults.ErrorStatus, Endpoint: "import", Status: 504}),
	"408 at a part":          one(faults.Fault{Kind: faults.ErrorStatus, Endpoint: "tus-patch", Status: 408, Calls: 2}),
	"409 at a part":          one(faults.Fault{Kind: faults.ErrorStatus, Endpoint: "tus-patch", Status: 409, Calls: 2}),
	"import answer lost":     one(faults.Fault{Kind: faults.LostAnswer, Calls: 2}),
	"part answer lost":       one(faults.Fault{Kind: faults.LostAnswer, Endpoint: "tus-patch", Calls: 2}),
	"upload answer lost":     one(faults.Fault{Kind: faults.LostAnswer, Endpoint: "tus-create"}),
	"read-back answer lost":  one(faults.Fault{Kind: faults.LostAnswer, Endpoint: "app-read"}),
	"every answer lost once": one(faults.Fault{Kind: faults.LostAnswer, Endpoint: "any", Calls: 6}),
	"publish answer lost":    {only: onlyManaged, faults: []faults.Fault{{Kind: faults.LostAnswer, Endpoint: "publish"}}},
	"rename answer lost":     {only: onlyStaged, once: true, faults: []faults.Fault{{Kind: faults.LostAnswer, Endpoint: "app-change"}}},
	"space answer lost":      {only: onlyManaged, once: true, faults: []faults.Fault{{Kind: faults.LostAnswer, Endpoint: "POST /api/v1/spaces"}}},
	"removal answer lost":    {only: onlyManaged, faults: []faults.Fault{{Kind: faults.LostAnswer, Endpoint: "app-delete"}}},
	"import after its 504":   one(faults.Fault{Kind: faults.LateImport, Wait: 0.7}),
	"publish after its 504":  {only: onlyManaged, faults: []faults.Fault{{Kind: faults.LateImport, Endpoint: "publish", Wait: 0.7}}},
	"items that lag":         {only: onlyManaged, faults: []faults.Fault{{Kind: faults.LaggingItems, Wait: 0.7, For: 60}}},
	"late import, and items that lag": {only: onlyManaged, faults: []faults.Fault{
		{Kind: faults.LateImport, Wait: 0.5}, {Kind: faults.LaggingItems, Wait: 0.5, For: 60}}},
	"token expired":           one(faults.Fault{Kind: faults.ExpiredToken}),
	"token expired in a part": one(faults.Fault{Kind: faults.ExpiredToken, Endpoint: "tus-patch"}),
	"tokens refused for long": {stays: distribution.Paused, later: true, faults: []faults.Fault{{Kind: faults.ExpiredToken, For: 60}}},
	"tokens of a second": {only: onlyManaged, once: true, faults: []faults.Fault{
		{Kind: faults.ShortToken, Wait: 1, For: 60}, {Kind: faults.Latency, Endpoint: "tus-patch", Wait: 0.6, Calls: 3}}},
	"web page at first":         one(faults.Fault{Kind: faults.WebPage, Endpoint: "identity", Calls: 2}),
	"web page as import answer": one(faults.Fault{Kind: faults.WebPage, Endpoint: "import"}),
	"web page with 502":         one(faults.Fault{Kind: faults.WebPage, Status: 502, Calls: 4}),
	"web page with 503":         one(faults.Fault{Kind: faults.WebPage, Endpoint: "import", Status: 503}),
	"web page for a part":       one(faults.Fault{Kind: faults.WebPage, Endpoint: "tus-patch"}),
	"web page for a removal": {only: onlyManaged, faults: []faults.Fault{
		{Kind: faults.WebPage, Endpoint: "app-delete"}}},
	"gigantic answers":         one(faults.Fault{Kind: faults.GiganticBody, Endpoint: "api", Bytes: 3 << 20, Calls: 3}),
	"gigantic import answer":   one(faults.Fault{Kind: faults.GiganticBody, Endpoint: "import", Bytes: 3 << 20}),
	"wrong content type":       one(faults.Fault{Kind: faults.ContentType, Calls: 4}),
	"import of another type":   one(faults.Fault{Kind: faults.ContentType, Endpoint: "import", Text: "text/html"}),
	"redirect at first":        one(faults.Fault{Kind: faults.Redirect, Calls: 2}),
	"redirect of a part":       one(faults.Fault{Kind: faults.Redirect, Endpoint: "tus-patch"}),
	"redirect of the import":   one(faults.Fault{Kind: faults.Redirect, Endpoint: "import"}),
	"tus lock":                 one(faults.Fault{Kind: faults.TusLock, Endpoint: "tus-patch"}),
	"upload expired":           one(faults.Fault{Kind: faults.UploadExpired, Endpoint: "tus-patch"}),
	"upload expired at import": one(faults.Fault{Kind: faults.UploadExpired, Endpoint: "import"}),
	"clock a day ahead":        one(faults.Fault{Kind: faults.ClockSkew, Endpoint: "api", Wait: 86400}),
	"clock behind for long": {only: onlyStaged, later: true, stays: distribution.Paused, faults: []faults.Fault{
		{Kind: faults.ClockSkew, Wait: -7200, For: 60}}},
	"full quota":     {stays: distribution.Failed, faults: []faults.Fault{{Kind: faults.FullQuota, For: 60}}},
	"no room at all": {stays: distribution.Failed, faults: []faults.Fault{{Kind: faults.FullQuota, Endpoint: "tus-create", For: 60}}},
	"imports spent":  {stays: distribution.Retrying, faults: []faults.Fault{{Kind: faults.DailyLimit, For: 60}}},
	"another tenant": {later: true, stays: distribution.Paused, faults: []faults.Fault{{Kind: faults.OtherTenant, For: 60}}},
	"many at once": one(faults.Fault{Kind: faults.Latency, Wait: 0.02, Calls: 20}).and(
		faults.Fault{Kind: faults.ErrorStatus, Calls: 2}, faults.Fault{Kind: faults.Cut, Bytes: 3000},
		faults.Fault{Kind: faults.ExpiredToken, Calls: 1}, faults.Fault{Kind: faults.LateImport, Wait: 0.3},
		faults.Fault{Kind: faults.LostAnswer, Endpoint: "app-read"}),
}

func (o ordeal) and(more ...faults.Fault) ordeal {
	o.faults = append(o.faults, more...)
	return o
}

// TestOrdeals sends an app and then new data of it to both kinds of tenants while they fail, and reads from the tenants
// what came of it.
func TestOrdeals(t *testing.T) {
	t.Parallel()
	for name, o := range ordeals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t)
			for version := range 2 {
				if version == 0 && !o.later || version == 1 && !o.once {
					o.stand(tr)
				} else {
					tr.bring("Sales")
				}
				tr.holds()
			}
		})
	}
}

// stand lays the faults, and sends.
func (o ordeal) stand(tr *trial) {
	tr.Helper()
	before := map[string][]remoteApp{}
	for _, p := range tr.named() {
		before[p.id] = p.everything()
		if o.hits(tr, p) {
			p.lay(o.faults...)
		}
	}
	id := tr.bring("Sales")
	for _, p := range tr.named() {
		if o.stays == "" || !o.hits(tr, p) {
			continue
		}
		tr.row(id, p.id, o.stays)
		tr.idle(p.id)
		p.healthy(tr.world)
		if got := p.everything(); len(got) != len(before[p.id]) || len(got) > 0 && p.sum(got[0].ID) != tr.exported[id][0] {
			tr.Errorf("the tenant has %+v, although the delivery is %s", got, o.stays)
		}
		tr.mend(p)
	}
}

func (o ordeal) hits(tr *trial, p party) bool {
	return o.only == "" || o.only == onlyStaged && p.id == tr.staged.id || o.only == onlyManaged && p.id == tr.managed.id
}

// TestOrdealLateImportOfOldData replaces an app while the import of its first data, whose answer was a 504, is still to come.
func TestOrdealLateImportOfOldData(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	for _, p := range tr.named() {
		p.lay(faults.Fault{Kind: faults.LateImport, Wait: 1})
	}
	id := tr.bring("Sales")
	for _, p := range tr.named() {
		tr.until(func() (bool, string) { return p.laid()[0].Hits > 0, "no import came" })
	}
	tr.bring("Sales")
	for _, p := range tr.named() {
		tr.row(id, p.id, distribution.Distributed)
	}
	tr.holds()
}

// TestOrdealRestart kills the console in each stage, at both tenants, and starts it again.
func TestOrdealRestart(t *testing.T) {
	t.Parallel()
	for name, at := range map[string][2]moment{
		"while opening the upload": {{"POST", "/temp-contents", true}, {"POST", "/temp-contents", true}},
		"while uploading":          {{"PATCH", "/temp-contents", false}, {"PATCH", "/temp-contents", false}},
		"before the import":        {{"POST", "/import", false}, {"POST", "/import", false}},
		"after the import":         {{"POST", "/import", true}, {"POST", "/import", true}},
		"while placing":            {{"PUT", "/api/v1/apps/", true}, {"POST", "/publish", true}},
		"before placing":           {{"PUT", "/api/v1/apps/", false}, {"POST", "/publish", false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t)
			var gates []*gate
			for i, p := range tr.named() {
				gates = append(gates, p.gateAt(at[i]))
			}
			tr.bring("Sales")
			for _, g := range gates {
				tr.await(g)
			}
			tr.crash()
			tr.holds()
		})
	}
}

func (c *cloud) gateAt(m moment) *gate {
	if m.done {
		return c.after(m.method, m.path)
	}
	return c.before(m.method, m.path)
}

// TestOrdealRestartWhileExporting kills the console while the app is exported for both tenants.
func TestOrdealRestartWhileExporting(t *testing.T) {
	t.Parallel()
	tr := newTrial(t)
	gate := tr.holdExport()
	id := tr.bring("Sales")
	tr.await(gate)
	tr.row(id, tr.staged.id, distribution.Exporting, distribution.Waiting)
	tr.down()
	tr.export = nil
	tr.open()
	tr.start()
	tr.holds()
}

// holdExport holds the next export; further ones pass.
func (tr *trial) holdExport() *gate {
	g := tr.staged.wire.gate()
	first := make(chan struct{}, 1)
	first <- struct{}{}
	tr.export = func() {
		select {
		case <-first:
			close(g.reached)
			<-g.opened
		default:
		}
	}
	return g
}

// TestOrdealOldWorker lets a worker wake after another one has taken its delivery. What it does then, or what it had sent
// before and arrives only now, makes nothing double and nothing old.
func TestOrdealOldWorker(t *testing.T) {
	t.Parallel()
	for name, at := range map[string][2]moment{
		"while opening the upload": {{"POST", "/temp-contents", false}, {"POST", "/temp-contents", false}},
		"while uploading":          {{"PATCH", "/temp-contents", false}, {"PATCH", "/temp-contents", false}},
		"before the import":        {{"POST", "/import", false}, {"POST", "/import", false}},
		"after the import":         {{"POST", "/import", true}, {"POST", "/import", true}},
		"before placing":           {{"PUT", "/api/v1/apps/", false}, {"POST", "/publish", false}},
		"after placing":            {{"PUT", "/api/v1/apps/", true}, {"POST", "/publish", true}},
		"while reading back":       {{"GET", "/api/v1/apps/", true}, {"GET", "/api/v1/apps/", true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t)
			var gates []*gate
			for i, p := range tr.named() {
				gates = append(gates, p.gateAt(at[i]))
			}
			tr.bring("Sales")
			for i, p := range tr.named() {
				tr.await(gates[i])
				p.wire.bytes()
			}
			tr.takeLeases()
			for i, p := range tr.named() {
				tr.until(func() (bool, string) { return p.wire.count(http.MethodGet, "") > 0, "the new worker does nothing" })
				gates[i].open()
			}
			tr.holds()
		})
	}
}

// takeLeases makes others work on what is under way, as when the jobs of a worker that does not answer are taken from it.
func (tr *trial) takeLeases() {
	tr.Helper()
	_, err := tr.store.Writer().Exec(`DELETE FROM river_job WHERE state = 'running'`)
	tr.ok(err)
	tr.ok(tr.store.RecoverDeliveries(tr.ctx))
}
