package flow

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/store"
)

const mixSteps = 8 // of one mix

// TestMix lets the tenants fail at random while apps come and change and the console dies, SKYFERRY_MIXES times (4). In the
// end it reads the tenants. SKYFERRY_SEED repeats the dice of one mix; the moments still depend on the machine.
func TestMix(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	mixes := 4
	if text := os.Getenv("SKYFERRY_MIXES"); text != "" {
		mixes, _ = strconv.Atoi(text)
	}
	if text := os.Getenv("SKYFERRY_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
		mixes = 1
	}
	for n := range mixes {
		one := seed + uint64(n)
		t.Run(fmt.Sprintf("SKYFERRY_SEED=%d", one), func(t *testing.T) {
			t.Parallel()
			mix(t, &dice{rand.New(rand.NewPCG(one, 0))})
		})
	}
}

func mix(t *testing.T, d *dice) {
	tr := newTrial(t)
	tr.bring("App 0") // so that the tenants are known
	tr.holds()
	for range mixSteps {
		for _, p := range tr.named() {
			for range d.IntN(3) {
				f := d.fault()
				t.Logf("%s: %s", tr.name(p), text(f))
				p.lay(f)
			}
		}
		tr.act(d)
		time.Sleep(time.Duration(d.IntN(200)) * time.Millisecond) // the random moment
	}
	tr.calm()
	tr.holds()
}

func (tr *trial) name(p party) string {
	if p.id == tr.staged.id {
		return onlyStaged
	}
	return onlyManaged
}

// act does what people do, or what befalls a console.
func (tr *trial) act(d *dice) {
	tr.Helper()
	name := fmt.Sprintf("App %d", d.IntN(3))
	id, known := tr.apps[name]
	switch act := d.IntN(6); {
	case !known || act < 2:
		tr.Logf("bring %s", name)
		tr.bring(name)
	case act == 2:
		tr.Logf("describe %s", name)
		tr.ok(tr.store.EditApp(tr.ctx, id, store.AppEdit{Name: name, Description: strconv.Itoa(d.IntN(1000))}))
	case act == 3:
		tr.Logf("request %s", name)
		tr.ok(tr.store.RequestDistribution(tr.ctx, id))
	default:
		tr.Logf("crash")
		tr.crash()
	}
}

// calm ends all faults and lets people mend what does not go on by itself.
func (tr *trial) calm() {
	tr.Helper()
	for _, p := range tr.named() {
		tr.until(func() (bool, string) {
			late := slices.ContainsFunc(p.laid(), func(f faults.Shown) bool { return f.Waiting > 0 })
			return !late, "calls still wait at the tenant"
		})
		p.do("DELETE", "/sandbox/v1/faults", nil, nil)
	}
	tr.decided()
	for _, p := range tr.named() {
		for _, id := range tr.apps {
			tr.until(func() (bool, string) {
				row, err := tr.store.StatusRow(tr.ctx, id, p.id)
				tr.ok(err)
				switch row.Shown {
				case distribution.Distributed:
					return true, ""
				case distribution.Paused, distribution.Failed:
					tr.mend(p)
				case distribution.Retrying:
					if time.Until(row.Delivery.NextTry) > 3*time.Second {
						tr.mend(p)
					}
				}
				return false, string(row.Shown) + ": " + row.Delivery.Message
			})
		}
	}
}

// dice choose faults.
type dice struct{ *rand.Rand }

func (d *dice) of(words ...string) string { return words[d.IntN(len(words))] }

// seconds are between two figures.
func (d *dice) seconds(from, to float64) faults.Seconds {
	return faults.Seconds(float64(int(1000*(from+d.Float64()*(to-from)))) / 1000)
}

// somewhere is an endpoint that a delivery uses.
func (d *dice) somewhere() string {
	return d.of("any", "any", "api", "identity", "items", "spaces", "tus-create", "tus", "tus-patch", "import", "import", "publish", "app-read", "app-change", "app-delete")
}

// fault makes one that is over soon. None lasts so long that something shows only after the settle time.
func (d *dice) fault() faults.Fault {
	f := faults.Fault{Kind: faults.Kinds()[d.IntN(len(faults.Kinds()))].Kind, Calls: 1 + d.IntN(4), For: 5}
	switch f.Kind {
	case faults.Latency:
		f.Endpoint, f.Wait = d.somewhere(), d.seconds(0.01, 0.2)
	case faults.Bandwidth:
		f.Bytes = 100_000 + d.Int64N(200_000)
	case faults.Cut:
		f.Endpoint, f.Side, f.Bytes = d.somewhere(), faults.Side(d.of("request", "answer")), d.Int64N(20_000)>>d.IntN(14)
	case faults.RateLimit:
		f.Endpoint, f.Wait, f.Calls = d.somewhere(), 1, 1
	case faults.ErrorStatus:
		f.Endpoint = d.somewhere()
		f.Status, _ = strconv.Atoi(d.of("408", "500", "502", "503", "504"))
	case faults.LostAnswer, faults.GiganticBody, faults.ContentType, faults.Redirect:
		f.Endpoint = d.somewhere()
		if f.Kind == faults.GiganticBody {
			f.Bytes = 2 << 20
		}
	case faults.LateImport:
		f.Endpoint, f.Wait = d.of("import", "publish"), d.seconds(0, 0.5)
	case faults.LaggingItems:
		f.Wait = d.seconds(0.1, 0.5)
	case faults.WebPage:
		f.Endpoint = d.somewhere()
		f.Status, _ = strconv.Atoi(d.of("200", "502", "503"))
	case faults.ClockSkew:
		f.Wait = faults.Seconds(d.IntN(172_800) - 86_400)
	case faults.ShortToken:
		f.Wait = 1
	case faults.TusLock:
		f.Calls = 1
	}
	return f
}
