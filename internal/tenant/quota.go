package tenant

import (
	"context"
	"net/http"
	"strings"
)

// memoryQuota is the quota of what one app may take in memory (qlik-cloud-api.md sections 3 and 5).
const memoryQuota = "app_mem_size"

// AppMemory gives how many bytes one app may take in memory, 0 where the tenant has no limit or tells none that we can read.
func (c *Client) AppMemory(ctx context.Context) (int64, error) {
	var answer struct {
		Data []quota `json:"data"`
	}
	err := c.fetch(ctx, call{name: "read a quota", method: http.MethodGet, url: c.api("quotas/"+memoryQuota, nil)}, &answer)
	if err != nil {
		return 0, err
	}
	for _, q := range answer.Data {
		if q.ID == memoryQuota {
			return q.bytes(), nil
		}
	}
	return 0, nil
}

// quotaUnits are the units of bytes that a quota may be told in; the contract names none.
var quotaUnits = map[string]float64{"byte": 1, "bytes": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}

// bytes is 0 for no limit and for a unit that is none of bytes.
func (q quota) bytes() int64 {
	n := q.Attributes.Quota * quotaUnits[strings.ToLower(q.Attributes.Unit)]
	if n < 1 || n > 1e18 {
		return 0
	}
	return int64(n)
}
