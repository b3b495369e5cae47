package program_test

import (
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestFreeAddress shows that tests which ask for several addresses, before they use the first, are given different ones.
func TestFreeAddress(t *testing.T) {
	seen := map[string]bool{}
	for range 5000 {
		address := program.FreeAddress(t)
		if seen[address] {
			t.Fatalf("%s was given twice", address)
		}
		seen[address] = true
	}
}
