package repository

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// The bounds of callbacks.
const (
	maxSubscriptions = 1000
	eventsWaiting    = 10_000 // for one subscription; more are lost
	batchSize        = 50     // events in one callback
	callbackTime     = 10 * time.Second
	heldBackFor      = 2 * time.Second // a callback out of order that none follows
)

// changeInfo is one element of what QRS posts to a callback (section 2.3). It has no id and no privileges.
type changeInfo struct {
	ChangeType          int        `json:"changeType"`
	ObjectType          string     `json:"objectType"`
	ObjectID            string     `json:"objectID"`
	ChangedProperties   []string   `json:"changedProperties"`
	EngineID            string     `json:"engineID"`
	EngineType          string     `json:"engineType"`
	OriginatorNodeID    string     `json:"originatorNodeID"`
	OriginatorHostName  string     `json:"originatorHostName"`
	OriginatorContextID *string    `json:"originatorContextID"`
	CreatedDate         state.Date `json:"createdDate"`
	ModifiedDate        state.Date `json:"modifiedDate"`
	SchemaPath          string     `json:"schemaPath"`
}

func newInfo(a *act, schema string, base state.Base, change int, changed []string) changeInfo {
	info := changeInfo{ChangeType: change, ObjectType: schema, ObjectID: base.ID, ChangedProperties: changed, OriginatorNodeID: a.s.nodeID,
		OriginatorHostName: a.s.name, CreatedDate: base.CreatedDate, ModifiedDate: base.ModifiedDate, SchemaPath: "ExternalChangeInfo"}
	if changed == nil {
		info.ChangedProperties = []string{}
	}
	if a.contextID != "" {
		info.OriginatorContextID = &a.contextID
	}
	return info
}

// event is a change with the entity, by which filters judge it.
type event struct {
	info   changeInfo
	entity reflect.Value
}

// subscription is what somebody wants to hear. The zero values of its conditions mean all.
type subscription struct {
	handle, uri string // the address is the subscriber's secret
	host        string // all of the address that a log may tell
	asked       string // what makes two of them equal
	kind        string
	id          string
	change      int
	filter      filter.Filter
	property    string
	otherThan   bool // any property but that
	queue       chan event
	stop        context.CancelFunc
}

func (n *subscription) wants(e event) bool {
	switch {
	case n.kind != e.info.ObjectType, n.id != "" && n.id != e.info.ObjectID, n.change != 0 && n.change != e.info.ChangeType:
		return false
	case e.info.ChangeType == deleted: // a filter is ignored then
		return true
	case e.info.ChangeType == updated && n.property != "" && !n.touched(e.info.ChangedProperties):
		return false
	}
	return n.filter(e.entity)
}

func (n *subscription) touched(changed []string) bool {
	if n.otherThan {
		return slices.ContainsFunc(changed, func(name string) bool { return name != n.property })
	}
	return slices.Contains(changed, n.property)
}

// subscriptions live in memory only, as QRS's do. Each has a goroutine of its own that posts what it wants, at most once.
type subscriptions struct {
	log     *slog.Logger
	faults  *faults.List
	history *history
	client  *http.Client

	mu      sync.Mutex
	all     map[string]*subscription
	running sync.WaitGroup
	context context.Context
	cancel  context.CancelFunc
}

func newSubscriptions(log *slog.Logger, list *faults.List, history *history) *subscriptions {
	ctx, cancel := context.WithCancel(context.Background())
	// Certificates are verified against what this host trusts: a self-signed callback hears nothing, as with QRS.
	client := &http.Client{Timeout: callbackTime, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &subscriptions{log: log, faults: list, history: history, client: client, all: map[string]*subscription{}, context: ctx, cancel: cancel}
}

// add starts a subscription and gives its handle. Each call makes one, also an equal one, unless a fault says otherwise.
func (l *subscriptions) add(n *subscription) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, met := l.faults.Meet(faults.EqualAreOne); met {
		for _, have := range l.all {
			if have.asked == n.asked {
				return have.handle, nil
			}
		}
	}
	if len(l.all) >= maxSubscriptions || l.context.Err() != nil {
		return "", fault.New(fault.Unavailable, "There are %d subscriptions already.", len(l.all))
	}
	var ctx context.Context
	ctx, n.stop = context.WithCancel(l.context)
	n.handle, n.queue = uuid.NewString(), make(chan event, eventsWaiting)
	l.all[n.handle] = n
	l.running.Go(func() { l.post(ctx, n) })
	return n.handle, nil
}

// remove ends a subscription; false: there is none of this handle.
func (l *subscriptions) remove(handle string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, found := l.all[handle]
	if found {
		n.stop()
		delete(l.all, handle)
	}
	return found
}

func (l *subscriptions) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.all {
		n.stop()
	}
	clear(l.all)
}

func (l *subscriptions) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

func (l *subscriptions) close() {
	l.cancel()
	l.clear()
	l.running.Wait()
}

// tell hands events to those who want them; it never waits.
func (l *subscriptions) tell(events []event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.all {
		for _, e := range events {
			if !n.wants(e) {
				continue
			}
			select {
			case n.queue <- e:
			default:
				l.log.Warn("a callback is too slow; its event is lost", "host", n.host) //nolint:sloglint // there is no call that it belongs to
			}
		}
	}
}

// post sends what a subscription wants until it ends.
func (l *subscriptions) post(ctx context.Context, n *subscription) {
	var held []event // out of order: it waits for the next
	for {
		var patience <-chan time.Time
		if held != nil {
			patience = time.After(heldBackFor)
		}
		select {
		case <-ctx.Done():
			return
		case <-patience:
			l.send(ctx, n, held)
			held = nil
		case first := <-n.queue:
			if _, met := l.faults.Meet(faults.CallbacksDisordered); met && held == nil {
				held = []event{first}
				continue
			}
			l.send(ctx, n, batch(first, n.queue))
			if held != nil {
				l.send(ctx, n, held)
				held = nil
			}
		}
	}
}

// batch takes what waits already: several events can be in one callback.
func batch(first event, queue <-chan event) []event {
	events := []event{first}
	for len(events) < batchSize {
		select {
		case e := <-queue:
			events = append(events, e)
		default:
			return events
		}
	}
	return events
}

func (l *subscriptions) send(ctx context.Context, n *subscription, events []event) {
	if _, lost := l.faults.Meet(faults.CallbacksLost); lost {
		l.note("lost", events)
		return
	}
	l.faults.Hold(faults.CallbacksLate, ctx.Done())
	times := 1
	if _, doubled := l.faults.Meet(faults.CallbacksDoubled); doubled {
		times = 2
	}
	for range times {
		did := "sent"
		if err := l.call(ctx, n.uri, events); err != nil {
			did = "not taken"
			if called, is := errors.AsType[*url.Error](err); is {
				err = called.Err
			}
			l.log.InfoContext(ctx, "callback failed", "host", n.host, "error", err)
		}
		l.note(did, events)
	}
}

// note remembers a callback by its first event; the address is the subscriber's secret.
func (l *subscriptions) note(did string, events []event) {
	first := events[0].info
	l.history.note(happening{What: happenedCallback, Did: did, Type: first.ObjectType, ID: first.ObjectID, Detail: told(len(events))})
}

func told(events int) string {
	if events == 1 {
		return "1 event"
	}
	return strconv.Itoa(events) + " events"
}

// call posts once. Nothing is tried again.
func (l *subscriptions) call(ctx context.Context, uri string, events []event) error {
	infos := make([]changeInfo, len(events))
	for i, e := range events {
		infos[i] = e.info
	}
	body, err := json.Marshal(infos)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", jsonType)
	response, err := l.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	return err
}
