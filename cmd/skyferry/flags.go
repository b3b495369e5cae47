package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// retention is a duration that also knows days, such as 90d.
type retention time.Duration

// Decode reads the flag.
func (r *retention) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of days; write it like 90d", text)
		}
		*r = retention(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Hour {
		return fmt.Errorf("%q is no duration of an hour or more; write it like 90d or 36h", text)
	}
	*r = retention(d)
	return nil
}

// size is a number of bytes, such as 500MiB or 20GiB.
type size int64

// Decode reads the flag.
func (b *size) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("size", &text); err != nil {
		return err
	}
	for suffix, unit := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40} {
		number, ok := strings.CutSuffix(text, suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/unit {
			break
		}
		*b = size(n * unit)
		return nil
	}
	return fmt.Errorf("%q is no size; write it like 500MiB or 20GiB", text)
}
