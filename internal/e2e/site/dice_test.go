package site

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/content"
)

// dice are the random numbers of one seed.
type dice struct {
	*rand.Rand

	named int
}

func newDice(seed uint64) *dice { return &dice{Rand: rand.New(rand.NewPCG(seed, 5))} }

func (d *dice) of(words []string) string { return words[d.IntN(len(words))] }

// some gives a few of the words, or none.
func (d *dice) some(words []string) []string {
	out := []string{}
	for _, w := range words {
		if d.IntN(2) == 0 {
			out = append(out, w)
		}
	}
	return out
}

// seconds are between two figures.
func (d *dice) seconds(from, to float64) float64 {
	return float64(int(1000*(from+d.Float64()*(to-from)))) / 1000
}

// name is one that no other app has.
func (d *dice) name() string {
	d.named++
	return fmt.Sprintf("%s %03d", d.of(colours), d.named)
}

// file makes an app file with content of its own.
func (d *dice) file(title string) *bytes.Reader {
	payload := make([]byte, 1_000+d.IntN(60_000))
	for i := range payload {
		payload[i] = byte(d.Uint32())
	}
	var file bytes.Buffer
	reloaded := time.Date(2026, 1, 1+d.IntN(300), d.IntN(24), d.IntN(60), d.IntN(60), 0, time.UTC)
	if d.IntN(5) == 0 {
		reloaded = time.Time{}
	}
	if err := content.WriteQVF(&file, title, reloaded, payload); err != nil {
		panic(err) // it is written to memory
	}
	return bytes.NewReader(file.Bytes())
}
