package deployments

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
)

func TestConsequencesInWords(t *testing.T) {
	two := []policy.Policy{{Name: "A"}, {Name: "B"}}
	for _, c := range []struct {
		act  string
		had  store.Consequences
		name []policy.Policy
		want string
	}{
		{"delete", store.Consequences{Running: 2, Waiting: 5, InTenant: 212}, two,
			"7 deliveries are cancelled. The 212 apps in the tenant stay there and are no longer refreshed. 2 policies name it: A, B."},
		{"disable", store.Consequences{Waiting: 1, InTenant: 1}, two[:1],
			"1 delivery is cancelled. The app in the tenant stays there and is no longer refreshed. 1 policy names it: A."},
		{"delete", store.Consequences{}, nil, "No delivery runs or waits. No app is in the tenant. No policy names it."},
		{"pause", store.Consequences{Running: 1, Waiting: 41, InTenant: 785}, nil,
			"1 running delivery stops at the next slice and keeps what is uploaded. 41 waiting deliveries are paused at once. 785 apps in the tenant stay as they are. No policy names it."},
		{"pause", store.Consequences{Running: 3, Waiting: 1}, nil,
			"3 running deliveries stop at the next slice and keep what is uploaded. 1 waiting delivery is paused at once. No app is in the tenant. No policy names it."},
		{"resume", store.Consequences{Waiting: 4}, nil, "4 deliveries go on where they stopped. No app is in the tenant. No policy names it."},
		{"resume", store.Consequences{Waiting: 1, InTenant: 1}, nil,
			"1 delivery goes on where it stopped. 1 app in the tenant stays as it is. No policy names it."},
	} {
		for _, a := range acts {
			if a.path != c.act {
				continue
			}
			got := confirmation{Act: a, Effects: c.had, Policies: c.name}.sentences()[0]
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.act, diff)
			}
		}
	}
}

func TestManyPoliciesAreNotAllListed(t *testing.T) {
	if got := namedBy(make([]policy.Policy, 13)); !strings.HasSuffix(got, " and 3 more.") {
		t.Error(got)
	}
}

func TestClientCredentialsAreDroppedWithTheirWay(t *testing.T) {
	f := form{Name: "eu", Local: true, ClientID: "id", TokenEndpoint: "https://t.example", Landing: landingForm{Space: "Finance"}, clientSecret: "hush"}
	got := f.apply(deployment.Deployment{ID: "1", TenantID: "t"})
	want := deployment.Deployment{ID: "1", TenantID: "t", Name: "eu", Auth: deployment.LocalBearer}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
