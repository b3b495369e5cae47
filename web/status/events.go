package status

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/respond"
)

const (
	beat       = 15 * time.Second // a comment keeps proxies from cutting a quiet stream
	streamLife = time.Hour        // then the browser connects anew, and with it the session is checked
	stuck      = 30 * time.Second // a reader that takes nothing for so long is gone
	fullAnswer = 200              // rows that the store tells at once, at most
)

// Events is the live stream of the list: changed rows replace themselves, the tabs count on, and what is new waits
// behind a button. An event's id is the number of the change, so that a stream that was cut goes on where it stopped.
func (s *Screen) Events(w http.ResponseWriter, r *http.Request) {
	seq, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64) // not a number: from the beginning, which is bounded
	if last, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		seq = last
	}
	stream := &stream{screen: s, w: w, out: http.NewResponseController(w), filter: filterOf(r.URL.Query()), seq: seq}
	if err := stream.begin(r.Context()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	stream.run(r.Context())
}

// stream is one open page.
type stream struct {
	screen *Screen
	w      io.Writer
	out    *http.ResponseController
	filter distribution.StatusFilter
	seq    int64
	shown  map[string]bool // rows that the reader's page surely has
}

// begin finds out what the reader sees. What has changed since the page was written may have come after it, so it counts as new:
// better a button too many than a row that is missed.
func (s *stream) begin(ctx context.Context) error {
	page, err := s.screen.Store.StatusPage(ctx, s.filter)
	if err != nil {
		return err
	}
	changed, _, err := s.screen.Store.StatusSince(ctx, s.seq)
	if err != nil {
		return err
	}
	s.shown = keys(page)
	for _, row := range changed {
		delete(s.shown, keyOf(row))
	}
	return nil
}

func keys(page distribution.StatusPage) map[string]bool {
	known := map[string]bool{}
	for _, row := range page.Rows {
		known[keyOf(row)] = true
	}
	for _, fold := range page.Folds {
		for _, row := range fold.Rows {
			known[keyOf(row)] = true
		}
	}
	return known
}

// run tells news until the reader leaves, the server stops or the stream has lived long enough.
func (s *stream) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	defer cancel()
	news, stop := s.screen.Hub.Listen()
	defer stop()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for err := s.tell(ctx); err == nil; {
		select {
		case <-ctx.Done():
			return
		case <-s.screen.Hub.Ended():
			return
		case <-news:
			err = s.tell(ctx)
		case <-tick.C:
			s.extend()
			_, err = io.WriteString(s.w, ": still here\n\n")
		}
		if err == nil {
			err = s.out.Flush()
		}
	}
}

// extend gives the reader time for what is written next.
func (s *stream) extend() {
	_ = s.out.SetWriteDeadline(time.Now().Add(stuck)) // a test's recorder has no deadlines
}

// tell writes what has changed since the last time: when one answer does not hold it all, with several.
func (s *stream) tell(ctx context.Context) error {
	before := s.seq
	for {
		rows, err := s.tellRows(ctx)
		if err != nil {
			return err
		}
		if rows < fullAnswer {
			break
		}
	}
	if s.seq != before {
		if err := s.tellCounts(ctx); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// tellRows writes the next rows that have changed, and says how many.
func (s *stream) tellRows(ctx context.Context) (int, error) {
	s.extend()
	rows, next, err := s.screen.Store.StatusSince(ctx, s.seq)
	if err != nil {
		return 0, err
	}
	s.seq = next
	for _, row := range rows {
		if err := s.event(ctx, "row-"+keyOf(row), tableRow(row, s.screen.Now())); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

func (s *stream) tellCounts(ctx context.Context) error {
	page, err := s.screen.Store.StatusPage(ctx, s.filter)
	if err != nil {
		return err
	}
	fresh := 0
	for key := range keys(page) {
		if !s.shown[key] {
			fresh++
		}
	}
	if err := s.event(ctx, "news", newsLink(fresh)); err != nil {
		return err
	}
	return s.event(ctx, "counts", tabBar(page.Counts, s.filter))
}

// asData begins each line of a text anew as data: by the format of the stream, CR alone ends a line, too.
var asData = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// event writes one server-sent event; its lines carry the HTML.
func (s *stream) event(ctx context.Context, name string, part templ.Component) error {
	var html strings.Builder
	if err := part.Render(ctx, &html); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.w, "event: %s\nid: %d\ndata: %s\n\n", name, s.seq, asData.Replace(html.String()))
	return err
}
