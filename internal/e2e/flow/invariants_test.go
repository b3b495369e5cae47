package flow

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/store"
)

// logBook keeps all that is logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
	last bytes.Buffer // words of dead consoles: they complain about their closed database
}

// voice is where one console logs.
type voice struct {
	book *logBook
	dead atomic.Bool
}

// Write implements io.Writer.
func (v *voice) Write(p []byte) (int, error) {
	v.book.mu.Lock()
	defer v.book.mu.Unlock()
	if v.dead.Load() {
		return v.book.last.Write(p)
	}
	return v.book.text.Write(p)
}

func (v *voice) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(v, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBook) lastWords() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last.String()
}

// checkTransitions holds every delivery against I3: its transitions lead without a gap from nothing to its state.
func (w *world) checkTransitions() {
	rows, err := w.store.Writer().Query(`SELECT d.id, d.state, t.from_state, t.to_state, t.by_whom FROM deliveries d
		LEFT JOIN transitions t ON t.delivery_id = d.id ORDER BY d.id, t.number`)
	w.ok(err)
	defer rows.Close()
	now, end := map[string]distribution.State{}, map[string]distribution.State{}
	for rows.Next() {
		var id, by string
		var state, from, to distribution.State
		w.ok(rows.Scan(&id, &state, &from, &to, &by))
		if now[id] != from || from != "" && !from.MayBecome(to) || by == "" {
			w.Errorf("delivery %s went from %q to %q by %q, but was %q", id, from, to, by, now[id])
		}
		now[id], end[id] = to, state
	}
	w.ok(rows.Err())
	for id, state := range end {
		if now[id] != state {
			w.Errorf("delivery %s is %s, its last transition says %s", id, state, now[id])
		}
	}
}

// pages gives all that the status pages and the audit say.
func (w *world) pages() string {
	var all strings.Builder
	page, err := w.store.StatusPage(w.ctx, distribution.StatusFilter{Tab: distribution.TabAll, Limit: 200})
	w.ok(err)
	fmt.Fprintf(&all, "%+v\n", page)
	for _, row := range page.Rows {
		if row.Delivery.ID != "" {
			detail, err := w.store.StatusDetail(w.ctx, row.Delivery.AppID, row.Delivery.DeploymentID)
			w.ok(err)
			fmt.Fprintf(&all, "%+v\n", detail)
		}
	}
	audit, err := w.store.Audit(w.ctx, store.AuditFilter{Limit: 200})
	w.ok(err)
	summaries, err := w.store.Summaries(w.ctx)
	w.ok(err)
	fmt.Fprintf(&all, "%+v\n%+v\n", audit, summaries)
	return all.String()
}

// checkSecrets holds what was written anywhere against I4.
func (w *world) checkSecrets(pages string) {
	places := map[string]string{"a page": pages, "the log": w.log.String() + w.log.lastWords()}
	files, err := filepath.Glob(filepath.Join(w.dir, "skyferry.db*"))
	w.ok(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		w.ok(err)
		places[filepath.Base(file)] = string(text)
	}
	for place, text := range places {
		for _, secret := range w.allSecrets() {
			if strings.Contains(text, secret) {
				w.Errorf("%s has a secret: %.12s...", place, secret)
			}
		}
	}
}

// allSecrets are those that were made, and every token that came by.
func (w *world) allSecrets() []string {
	all := slices.Clone(w.secrets)
	for _, c := range w.clouds {
		c.wire.mu.Lock()
		for token := range c.wire.tokens {
			if token != "" {
				all = append(all, token)
			}
		}
		c.wire.mu.Unlock()
	}
	return all
}

// pemBody gives the lines of a PEM text that tell something.
func pemBody(text string) []string {
	block, _ := pem.Decode([]byte(text))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return append(lines[1:len(lines)-1], string(block.Bytes))
}

// checkLog refuses what a console that does well never logs.
func (w *world) checkLog() {
	for line := range strings.Lines(w.log.String()) {
		for _, bad := range []string{"database is locked", "SQLITE_BUSY", "panic", "level=ERROR", "may not become", "job failed"} {
			if strings.Contains(line, bad) {
				w.Errorf("logged: %s", line)
			}
		}
	}
}

var _ distribution.Source = (*world)(nil)
