package site

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// givenUp is how many seeds may fail before the others are not tried any more: each takes its time to fail.
const givenUp = 4

var failed atomic.Int32

// TestSite lives through SKYFERRY_SITE_SEEDS fresh seeds (50). SKYFERRY_SITE_SEED repeats the dice of one; the moments still
// depend on the machine.
func TestSite(t *testing.T) {
	first, seeds := uint64(time.Now().UnixNano()), int(number(t, "SKYFERRY_SITE_SEEDS", 50))
	if one := number(t, "SKYFERRY_SITE_SEED", 0); one != 0 {
		first, seeds = one, 1
	}
	for n := range seeds {
		seed := first + uint64(n)
		t.Run(fmt.Sprintf("SKYFERRY_SITE_SEED=%d", seed), func(t *testing.T) {
			t.Parallel()
			if failed.Load() >= givenUp {
				t.Skip("enough others failed")
			}
			defer func() {
				if t.Failed() {
					failed.Add(1)
				}
			}()
			live(t, newDice(seed))
		})
	}
}

func live(t *testing.T, d *dice) {
	w := newWorld(t, d)
	w.setUp()
	w.live()
	good(t, w.hub.Heal(t.Context()))
	started := time.Now()
	w.settle()
	t.Logf("all is well after %s", time.Since(started).Round(time.Millisecond))
	w.shrink()
	w.settle()
	w.stayed()
	w.checkLeft()
}

// number reads a number of the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
