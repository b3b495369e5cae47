package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestStopWhileStarting: who is asked to stop before it is ready has not failed, and says nothing of a broken database.
func TestStopWhileStarting(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, args := range map[string][]string{
		"serve": {"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"},
		"demo":  {"demo", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--tenants", "127.0.0.1:0,127.0.0.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(stopped, args, terminal{out: &out, err: &errs, in: strings.NewReader(""), env: func(string) string { return "" }})
			if code != exitGood || errs.Len() > 0 {
				t.Errorf("exit code %d, out %q, errors %q", code, &out, &errs)
			}
		})
	}
}
