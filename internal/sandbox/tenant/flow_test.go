package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestDistributedAppIsStagedAndReplacedInPlace(t *testing.T) {
	f := newFixture(t).withSite()
	first := f.autoreplace(testAppID, "one")
	want := map[string]any{"id": testAppID, "name": "Sales", "ownerId": "", "spaceId": nil, "published": true,
		"publishTime": "", "originAppId": "", "_resourcetype": "app"}
	for key, value := range want {
		if got := at(first, "attributes."+key); got != value {
			t.Errorf("attributes.%s = %v, want %v", key, got, value)
		}
	}
	space := f.want(201, call{method: "POST", path: "/api/v1/spaces", token: testKey,
		body: map[string]string{"name": "Finance", "type": "managed"}})
	f.want(200, call{method: "PUT", path: "/api/v1/apps/" + testAppID + "/space", token: testKey,
		body: map[string]string{"spaceId": text(space, "id")}})

	second := f.autoreplace(testAppID, "two")
	if got, want := text(second, "attributes.id"), testAppID; got != want {
		t.Errorf("id after replacement = %s, want %s", got, want)
	}
	if got, want := text(second, "attributes.spaceId"), text(space, "id"); got != want {
		t.Errorf("space after replacement = %s, want %s", got, want)
	}
	items := f.want(200, call{path: "/api/v1/items?resourceType=app", token: f.site()})
	if n := len(items["data"].([]any)); n != 1 {
		t.Errorf("%d items, want 1", n)
	}
	content := f.do(call{path: "/sandbox/v1/apps/" + testAppID + "/content", token: testKey})
	if diff := cmp.Diff(qvf("two"), content.body); diff != "" {
		t.Errorf("content: %s", diff)
	}
}
