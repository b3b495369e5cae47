package qrs

import "testing"

func TestTooManyIsMoreThanFivePercentOrFifty(t *testing.T) {
	for _, c := range []struct {
		known, gone int
		too         bool
	}{{7, 0, false}, {7, 1, false}, {1, 1, false}, {7, 2, true}, {40, 2, false}, {39, 2, true}, {1000, 50, false}, {1000, 51, true}, {3004, 1984, true}, {100_000, 50, false}, {100_000, 51, true}} {
		if too := tooMany(c.known, c.gone); too != c.too {
			t.Errorf("%d of %d: %v", c.gone, c.known, too)
		}
	}
}
