package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryBeginsAtOnceAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour+time.Minute)
		defer stop()
		began, n := time.Now(), 0
		if err := every(ctx, time.Hour, func() { n++ }); err != nil || n != 3 {
			t.Errorf("done %d times in %s: %v", n, time.Since(began), err)
		}
	})
}
