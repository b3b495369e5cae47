package tenant

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// quotaNames are the quotas that distribution meets (qlik-cloud-api.md sections 3 and 5).
var quotaNames = map[string]string{
	"app_mem_size": "An app in memory", "app_upload_disk_size": "An uploaded app", "shared_spaces": "Shared spaces",
}

type quota struct {
	ID         string `json:"id"`
	Attributes struct {
		Quota float64 `json:"quota"` // -1: no limit
		Unit  string  `json:"unit"`
		Usage float64 `json:"usage"`
	} `json:"attributes"`
}

// quota tells the limits of the plan, as far as the tenant does.
func (p *probe) quota(ctx context.Context) (string, error) {
	var said []string
	if l, err := p.license(ctx); err == nil && l.Product != "" {
		said = append(said, "Product: "+clean(l.Product, nil))
	}
	var answer struct {
		Data []quota `json:"data"`
	}
	if err := told(p.fetch(ctx, p.get("read the quotas", "quotas?reportUsage=true"), &answer), "its quotas"); err != nil {
		return "", err
	}
	for _, q := range answer.Data {
		if name := quotaNames[q.ID]; name != "" {
			said = append(said, name+": "+q.words())
		}
	}
	if len(said) == 0 {
		return "", untold("The tenant tells no quota that matters here.")
	}
	return strings.Join(said, ". ") + ".", nil
}

func (q quota) words() string {
	limit := "no limit"
	if q.Attributes.Quota >= 0 {
		limit = "at most " + amount(q.Attributes.Quota, q.Attributes.Unit)
	}
	if q.Attributes.Usage > 0 {
		limit += ", " + amount(q.Attributes.Usage, q.Attributes.Unit) + " used"
	}
	return limit
}

// amount writes a figure with its unit; bytes in GB, as the plans tell them.
func amount(n float64, unit string) string {
	switch {
	case strings.HasPrefix(strings.ToLower(unit), "byte") && n >= 1e8:
		return strconv.FormatFloat(n/1e9, 'g', 3, 64) + " GB"
	case unit == "" || strings.EqualFold(unit, "count"):
		return number(n)
	}
	return number(n) + " " + cut(unit, nil, maxStart)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// licence is what licenses/overview tells (qlik-cloud-api.md section 5).
type licence struct {
	Product    string `json:"product"`
	Status     string `json:"status"`
	Valid      string `json:"valid"` // start/end
	Allotments []struct {
		Name string `json:"name"`
	} `json:"allotments"`
	Parameters []struct {
		Name string `json:"name"`
	} `json:"parameters"`
}

func (p *probe) license(ctx context.Context) (licence, error) {
	if p.licence == nil {
		var l licence
		if err := p.fetch(ctx, p.get("read the licence", "licenses/overview"), &l); err != nil {
			return l, err
		}
		p.licence = &l
	}
	return *p.licence, nil
}

// coversMultiCloud matters for staged apps only. Where the tenant shows no such part of the licence, nothing is claimed: what
// Qlik calls it there is not published.
func (p *probe) coversMultiCloud(ctx context.Context) (string, error) {
	if len(p.want.Spaces) > 0 {
		return "", untold("Only apps that are staged by the local bearer token need it.")
	}
	l, err := p.license(ctx)
	if err := told(err, "its licence"); err != nil {
		return "", err
	}
	if l.Status != "" && !strings.EqualFold(l.Status, "ok") {
		return "", wrong("The tenant's licence has the status "+clean(l.Status, nil)+".", "Ask whoever manages the tenant's licence.")
	}
	for _, part := range l.parts() {
		if strings.Contains(strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(part)), "multicloud") {
			return "The licence has the part " + clean(part, nil) + ".", nil
		}
	}
	return "", untold(fmt.Sprintf("The licence (%s) does not say.", clean(l.Product, nil)))
}

func (l licence) parts() (names []string) {
	for _, a := range l.Allotments {
		names = append(names, a.Name)
	}
	for _, parameter := range l.Parameters {
		names = append(names, parameter.Name)
	}
	return names
}
