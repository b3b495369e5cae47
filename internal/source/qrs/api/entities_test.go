package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// What QRS writes becomes what the console knows.
func TestAppsAsTheConsoleKnowsThem(t *testing.T) {
	const id = "35DFFD22-9CF2-405E-A311-E4D7105D8CFB"
	for name, c := range map[string]struct {
		text string
		want site.App
	}{
		"published": {`{"published":true,"publishTime":"2024-01-02T03:04:05.678Z","stream":{"id":"ABC","name":"Finance"},"lastReloadTime":"2024-01-02T03:04:05","fileSize":12,
			"tags":[{"name":"b"},{"name":"a"}],"customProperties":[{"value":"us","definition":{"name":"Cloud"}},{"value":"eu","definition":{"name":"Cloud"}}]}`,
			site.App{Stream: &site.Stream{ID: "abc", Name: "Finance"}, PublishedAt: time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC), LastReload: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
				Size: 12, Tags: []string{"a", "b"}, Properties: map[string][]string{"Cloud": {"eu", "us"}}}},
		"not published":                    {`{"published":false,"publishTime":"1753-01-01T00:00:00.000Z","stream":null,"lastReloadTime":""}`, site.App{}},
		"a stream, but not published":      {`{"published":false,"publishTime":"2024-01-02T03:04:05.678Z","stream":{"id":"abc","name":"Finance"}}`, site.App{}},
		"published nowhere":                {`{"published":true,"publishTime":"2024-01-02T03:04:05.678Z","stream":null}`, site.App{}},
		"names that the user may not read": {`{"tags":[{"id":"x"},null],"customProperties":[{"value":"us","definition":null},{"value":"eu"},null]}`, site.App{}},
		"odd figures":                      {`{"fileSize":-5,"lastReloadTime":null,"later":{"unknown":1}}`, site.App{}},
	} {
		a := api.App{ID: id}
		if err := json.Unmarshal([]byte(c.text), &a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.want.ID = "35dffd22-9cf2-405e-a311-e4d7105d8cfb"
		if c.want.Properties == nil {
			c.want.Properties = map[string][]string{}
		}
		if diff := cmp.Diff(c.want, a.Site()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
