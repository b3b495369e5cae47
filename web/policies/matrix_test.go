package policies_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
)

// tried is the form of a new policy with these conditions.
func tried(conditions string, more ...string) url.Values {
	form := url.Values{"name": {"Trial"}, "filter": {"App_*"}, "actions": {"distribute"}, "distribute": {"on"}, "conditions": {conditions}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestMatrixSaysWhatBecomesOfEachApp(t *testing.T) {
	d := newDesk(t)
	d.policy("All to eu", euOnly, false)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{Name: "No sales", Effect: policy.Never, ResourceFilter: "App_*", Conditions: `resource.stream.name="Sales"`})
	d.must(err)
	rule := `subject.name="us" or resource.name="App 1"`
	page := d.want(d.post("/policies/matrix", tried(rule)), http.StatusOK)
	d.wants(page, "1 to 2 of 2 apps", "goes by another policy (All to eu)", "newly", `resource.name="App 1"`)
	page = d.want(d.post("/policies/matrix", tried(rule, "mx-show", "all")), http.StatusOK)
	d.wants(page, "1 to 3 of 3 apps", "blocked by guard No sales", `resource.stream.name="Sales"`)
	page = d.want(d.post("/policies/matrix", tried(rule, "mx-show", "all", "mx-search", "sal")), http.StatusOK)
	d.wants(page, "1 to 1 of 1 app")
	page = d.want(d.post("/policies/matrix", tried(`subject.name="eu"`)), http.StatusOK)
	d.wants(page, "Apply changes nothing")
	if page.Find(`input[type=hidden][name=conditions]`).AttrOr("value", "") != `subject.name="eu"` {
		t.Error("the form is not carried on")
	}
}

func TestTooLargeAppsStayOut(t *testing.T) {
	d := newDesk(t)
	all, err := d.store.Deployments(t.Context())
	d.must(err)
	eu := all[slices.IndexFunc(all, func(e deployment.Deployment) bool { return e.Name == "eu" })]
	eu.Admission.LargestApp = 1
	d.must(d.store.UpdateDeployment(t.Context(), eu, "", nil))
	page := d.want(d.post("/policies/matrix", tried(`subject.name="eu"`, "mx-show", "all")), http.StatusOK)
	d.wants(page, "stays out: too large for eu")
	if strings.Contains(page.Text(), "newly") {
		t.Error("a too large app goes newly")
	}
	result := d.want(d.post("/policies/result", tried(`subject.name="eu"`)), http.StatusOK)
	d.wants(result, "3 too large for eu", "Apply changes nothing")
	if n := result.Find(".result-count").First().Text(); n != "0" {
		t.Errorf("%s go", n)
	}
}

func TestMatrixAsCSV(t *testing.T) {
	d := newDesk(t)
	d.must(d.store.EditApp(t.Context(), "00000000-0000-4000-8000-000000000001", store.AppEdit{Name: "=1+1"}))
	response, err := http.PostForm(d.server.URL+"/policies/matrix.csv", tried(`subject.name="eu"`))
	d.must(err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	d.must(err)
	text := string(raw)
	if !strings.HasPrefix(text, "\ufeffApp,Stream,App id,Size,Deployment,What,Change,Because\n") || !strings.Contains(text, "'=1+1,Finance,") || strings.Count(text, "newly") != 3 {
		t.Error(text)
	}
}

// The result is never older than the last change, though it is kept.
func TestResultFollowsEveryChange(t *testing.T) {
	d := newDesk(t)
	count := func() string {
		return d.want(d.post("/policies/result", tried(`subject.name="eu" and resource.stream.name="Finance"`)), http.StatusOK).Find(".result-count").First().Text()
	}
	was := []string{count()}
	d.must(d.store.UnpublishApp(t.Context(), "00000000-0000-4000-8000-000000000001"))
	was = append(was, count())
	streams, err := d.store.Streams(t.Context())
	d.must(err)
	finance := streams[0].Stream
	finance.Name = "Money"
	d.must(d.store.UpdateStream(t.Context(), finance))
	was = append(was, count())
	if got := strings.Join(was, " "); got != "2 1 0" {
		t.Errorf("counts: %s", got)
	}
}

// A copy that was in the tenant before us and is marked stays as it is, whatever policies say; the preview says so.
func TestMarkedAppsStayAsTheyAre(t *testing.T) {
	d := newDesk(t)
	all, err := d.store.Deployments(t.Context())
	d.must(err)
	eu := all[slices.IndexFunc(all, func(dep deployment.Deployment) bool { return dep.Name == "eu" })]
	d.must(d.store.BindTenant(t.Context(), eu.ID, "T"))
	_, err = d.store.Adopt(t.Context(), eu.ID, "T", []distribution.Adoption{{AppID: "00000000-0000-4000-8000-000000000001", Mark: true, RemoteID: "r"}})
	d.must(err)
	rule := `subject.name="eu"`
	page := d.want(d.post("/policies/result", tried(rule)), http.StatusOK)
	d.wants(page, "1 app stays as it is there: left and marked", "+2 newly to eu")
	page = d.want(d.post("/policies/matrix", tried(rule, "mx-show", "all")), http.StatusOK)
	d.wants(page, "stays as it is: left and marked in the tenant")
	page = d.want(d.post("/policies/matrix", tried(rule)), http.StatusOK)
	d.wants(page, "1 to 2 of 2 apps")
	d.policy("All to eu", rule, false)
	d.policy("All to us", `subject.name="us"`, false)
	d.guard("Nothing of Finance to eu", neverFinance)
	d.apps("/policies", "1", "3") // the guard keeps one more away
	d.apps("/policies/guards", "1 app in eu")
}

// What a deployment does not take is not counted as going there.
func TestOverviewCountsWhatIsTaken(t *testing.T) {
	d := newDesk(t)
	d.policy("All to eu", `subject.name="eu"`, false)
	d.apps("/policies", "3")
	d.change("eu", func(dep *deployment.Deployment) { dep.Admission.LargestApp = 10 })
	d.apps("/policies", "0")
}

// apps holds the column Apps of an overview against what is expected.
func (d *desk) apps(path string, want ...string) {
	d.Helper()
	if got := column(d.want(d.get(path), http.StatusOK), "apps"); !slices.Equal(got, want) {
		d.Errorf("apps of %s: %q, want %q", path, got, want)
	}
}

// change changes a deployment.
func (d *desk) change(name string, do func(*deployment.Deployment)) {
	d.Helper()
	all, err := d.store.Deployments(d.Context())
	d.must(err)
	dep := all[slices.IndexFunc(all, func(dep deployment.Deployment) bool { return dep.Name == name })]
	do(&dep)
	d.must(d.store.UpdateDeployment(d.Context(), dep, "", nil))
}

// Where the day's imports are known to be limited, the result says what Apply takes of them.
func TestResultTellsTheImportsOfTheDay(t *testing.T) {
	d := newDesk(t)
	for limits, want := range map[deployment.Limits]string{
		{}:                         "", // not known
		{Plan: deployment.Starter}: "3 imports of 300 left today",
		{Plan: deployment.OtherPlan, ImportsPerDay: 2}: "3 imports of 2 left today: the rest goes from tomorrow on",
	} {
		d.change("eu", func(dep *deployment.Deployment) { dep.Limits = limits })
		page := d.want(d.post("/policies/result", tried(`subject.name="eu" or subject.name="us"`)), http.StatusOK)
		if got := squeeze(page.Find(".result-imports").Text()); got != want {
			t.Errorf("%+v: %q, want %q", limits, got, want)
		}
	}
}
