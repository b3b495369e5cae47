package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// app is what a worker knows of one of its apps.
type app struct {
	id, name string
	sum      string // SHA-256 of its data
	stream   string // where it is published; empty: nowhere
}

// worker is somebody who works with apps of his own, one act after the other.
type worker struct {
	number  int
	console *driver.Console
	dice    *dice
	large   int // how many acts lie between two large files
	apps    []*app
	named   int
	done    int // acts that were acknowledged
	open    int // acts whose answer never came
	faults  []error
}

// work goes on until stop is closed.
func (w *worker) work(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		default:
			w.act(ctx)
		}
	}
}

func (w *worker) act(ctx context.Context) {
	if len(w.apps) == 0 || w.dice.roll(10) < 3 {
		w.upload(ctx)
		return
	}
	a := w.apps[w.dice.roll(len(w.apps))]
	switch what := w.dice.roll(3); {
	case a.stream == "" && what < 2:
		w.publish(ctx, a)
	case a.stream != "" && a.stream != private && what == 0:
		w.move(ctx, a)
	default:
		w.replace(ctx, a)
	}
}

const private = "Private"

// upload makes an app. When no answer came, it is there whole or not at all.
func (w *worker) upload(ctx context.Context) {
	w.named++
	name, raw := appName(w.number, w.named), w.content()
	err := w.console.Upload(ctx, name+".qvf", bytes.NewReader(raw))
	open := w.unknown(ctx, err)
	if err != nil && !open {
		return
	}
	id, found := w.find(ctx, name)
	if !found && open {
		return
	}
	a := &app{id: id, name: name, sum: hash(raw)}
	w.apps = append(w.apps, a)
	w.compare(ctx, a, *a)
}

func (w *worker) publish(ctx context.Context, a *app) {
	stream := []string{"Finance", "Sales", "Finance", "Sales", private}[w.dice.roll(5)]
	w.change(ctx, a, app{stream: stream, sum: a.sum}, func() error { return w.console.Publish(ctx, a.id, stream) })
}

// move changes the stream of a published app; its data stays, and the policy names both streams.
func (w *worker) move(ctx context.Context, a *app) {
	stream := map[string]string{"Finance": "Sales", "Sales": "Finance"}[a.stream]
	w.change(ctx, a, app{stream: stream, sum: a.sum}, func() error { return w.console.Move(ctx, a.id, stream) })
}

func (w *worker) replace(ctx context.Context, a *app) {
	raw := w.content()
	w.change(ctx, a, app{stream: a.stream, sum: hash(raw)}, func() error {
		return w.console.Replace(ctx, a.id, a.name+".qvf", bytes.NewReader(raw))
	})
}

// change does something to an app. What was acknowledged is so; without an answer the app's page tells.
func (w *worker) change(ctx context.Context, a *app, next app, do func() error) {
	err := do()
	switch open := w.unknown(ctx, err); {
	case open:
		w.compare(ctx, a, next)
	case err == nil:
		a.stream, a.sum = next.stream, next.sum
	}
}

// compare asks the console how an act ended: as before, or as wanted, and nothing else.
func (w *worker) compare(ctx context.Context, a *app, next app) {
	var facts map[string]string
	if !w.insist(ctx, func() (err error) { facts, err = w.console.Facts(ctx, a.id); return err }) {
		return
	}
	now := app{stream: facts["Stream"], sum: facts["SHA-256"]}
	if now.stream == "Not published" {
		now.stream = ""
	}
	if now.stream != a.stream && now.stream != next.stream || now.sum != a.sum && now.sum != next.sum {
		w.faults = append(w.faults, fmt.Errorf("%s was %+v, was to be %+v and is %+v", a.name, *a, next, now))
	}
	a.stream, a.sum = now.stream, now.sum
}

// find looks an app up until the console answers.
func (w *worker) find(ctx context.Context, name string) (id string, found bool) {
	w.insist(ctx, func() (err error) { id, found, err = w.console.FindApp(ctx, name); return err })
	return id, found
}

// insist asks until there is an answer, or the test is over.
func (w *worker) insist(ctx context.Context, ask func() error) bool {
	for ctx.Err() == nil {
		if ask() == nil {
			return true
		}
		w.awaitConsole(ctx)
	}
	return false
}

// unknown counts, and says whether an act may or may not have happened; then it waits until the console is back.
func (w *worker) unknown(ctx context.Context, err error) bool {
	var refused *driver.Refused
	switch {
	case err == nil:
		w.done++
		return false
	case errors.As(err, &refused) && refused.Status != 503:
		w.faults = append(w.faults, err)
		return false
	case isOpen(err):
		w.open++
	}
	w.awaitConsole(ctx)
	return isOpen(err)
}

func isOpen(err error) bool {
	var unsent driver.Unsent
	var refused *driver.Refused
	return err != nil && !errors.As(err, &unsent) && !errors.As(err, &refused)
}

// awaitConsole waits until the console answers again.
func (w *worker) awaitConsole(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := w.console.Get(ctx, "/readyz"); err == nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// content is a file: mostly small, now and then so large that a kill hits it on its way.
func (w *worker) content() []byte {
	if w.dice.roll(w.large) == 0 {
		return w.dice.file(30 << 20)
	}
	return w.dice.file(1_000 + w.dice.roll(200_000))
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
