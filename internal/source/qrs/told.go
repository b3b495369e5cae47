package qrs

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// Bounds of what a callback may say.
const (
	callbackBytes = 1 << 20
	callbackTime  = 10 * time.Second
	namedApps     = 200 // more are found by a look
)

// renewEvery is how often subscriptions are made anew: they vanish, unsaid, when the Repository Service restarts
// (qlik-repository-api.md section 2.4).
const renewEvery = 5 * time.Minute

// endOldTime bounds the end of those subscriptions that are made anew.
const endOldTime = 10 * time.Second

// unsubscribeTime bounds the end of the subscriptions when the console stops.
const unsubscribeTime = 2 * time.Second

// CallbackPath is where callbacks come in, before the token of a subscription.
const CallbackPath = "/site/notify/"

// subscribed are the types that the site tells us of. Without the first there are no callbacks.
var subscribed = []string{"App", "Stream", "CustomPropertyDefinition", "User", "SystemRule"}

// told is what callbacks said since it was last looked at, and who may say it.
type told struct {
	mu            sync.Mutex
	subscriptions []subscription
	made          time.Time       // when subscriptions were last made, or tried to be
	lost          bool            // the site may have lost them: they are made before their time
	apps          map[string]bool // ids
	more          bool            // there may be more than is named
	types         map[string]bool // other types of which something changed
}

type subscription struct{ typeName, token, handle string }

// Callback answers POST /site/notify/{token}. It takes the name of what changed, if there is one, and wakes the connector up; nothing
// that it says is believed. Who calls another path than that of a subscription hears 404.
func (c *Connector) Callback(w http.ResponseWriter, r *http.Request) {
	if !c.told.expects(r.PathValue("token")) {
		http.Error(w, "There is no such subscription.", http.StatusNotFound)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(callbackTime)) // a server that knows no deadline has one of its own
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, callbackBytes))
	c.told.hear(body, err == nil)
	c.show(func(p *site.Picture) { p.LastCallback, p.Callbacks, p.WhyPolling = c.Now(), true, "" })
	c.Wake()
	if _, huge := errors.AsType[*http.MaxBytesError](err); huge {
		http.Error(w, "The body is too large.", http.StatusRequestEntityTooLarge)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// expects says whether a token is that of a subscription, in a time that does not tell how much of it is right.
func (t *told) expects(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := 0
	for _, s := range t.subscriptions {
		if s.token == "" { // it was made by an earlier process, and is to be ended
			continue
		}
		found |= subtle.ConstantTimeCompare([]byte(s.token), []byte(token))
	}
	return found == 1
}

// hear notes what a callback names. What cannot be read names nothing, and something may have changed.
func (t *told) hear(body []byte, whole bool) {
	var said []struct {
		ObjectType string `json:"objectType"`
		ObjectID   string `json:"objectID"`
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !whole || json.Unmarshal(body, &said) != nil {
		t.more = true
		return
	}
	for _, one := range said {
		switch id := strings.ToLower(one.ObjectID); {
		case !strings.EqualFold(one.ObjectType, subscribed[0]):
			t.name(one.ObjectType)
		case uuid.Validate(id) == nil && len(t.apps) < namedApps:
			t.apps[id] = true
		default:
			t.more = true
		}
	}
}

// name notes a type of which something changed. The caller holds mu.
func (t *told) name(typeName string) {
	for _, known := range subscribed {
		if strings.EqualFold(known, typeName) {
			t.types[known] = true
		}
	}
}

// ask is for a type that is to be read, as if a callback had named it.
func (t *told) ask(typeName string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.name(typeName)
}

// takeApps gives the apps that callbacks named since, and forgets them.
func (t *told) takeApps() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids := make([]string, 0, len(t.apps))
	for id := range t.apps {
		ids = append(ids, id)
	}
	clear(t.apps)
	return ids
}

// takeRest gives what else callbacks said since, and forgets it.
func (t *told) takeRest() (more bool, types map[string]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	more, types = t.more, t.types
	t.more, t.types = false, map[string]bool{}
	return more, types
}

// later puts a type back that is not read now.
func (t *told) later(typeName string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.types[typeName] = true
}

// again puts apps back that could not be read.
func (t *told) again(ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		t.apps[id] = true
	}
}

// renew makes all subscriptions anew, each with a path that nobody can guess. What happens between the end of one and the beginning of
// the next, the look that follows finds. That a type cannot be subscribed to is no fault of the whole: the site is looked at anyway.
func (c *Connector) renew(ctx context.Context) {
	c.told.mu.Lock()
	c.told.made, c.told.lost = c.Now(), false
	c.told.mu.Unlock()
	if c.Connection.Callback == "" {
		c.polling("No address is given under which the site reaches this console.")
		return
	}
	c.endOld(ctx)
	defer c.keepHandles(ctx)
	for i, typeName := range subscribed {
		err := c.subscribe(ctx, typeName)
		switch {
		case err == nil:
			c.keepHandles(ctx) // a console that is killed now leaves none that the next start does not know
		case i == 0:
			c.lost(ofTheSite(err) && api.KindOf(err) != api.Slow) // it answers again, perhaps, before a reading fails
			c.polling(err.Error())
			return
		default:
			c.Log.InfoContext(ctx, "the site tells nothing of a type; it is read in each sweep", "type", typeName, "error", err)
		}
	}
	if !c.deaf() {
		c.show(func(p *site.Picture) { p.Callbacks, p.WhyPolling = true, "" })
	}
}

// lost notes whether the site may have lost the subscriptions, so that the next round makes them anew.
func (c *Connector) lost(may bool) {
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	c.told.lost = may
}

// doubt has the subscriptions made anew at once when something happened that none of them told: a restart so short that no call met it
// loses them, too. Those that are young are not doubted, since a callback may be on its way.
func (c *Connector) doubt() {
	c.told.mu.Lock()
	old := c.Now().Sub(c.told.made) >= soonest
	c.told.mu.Unlock()
	if old {
		c.lost(true)
		c.Wake()
	}
}

// endOld ends the subscriptions of before, as far as the site answers soon: looking at it must not wait for that.
func (c *Connector) endOld(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, endOldTime)
	defer cancel()
	c.unsubscribe(ctx)
}

func (c *Connector) polling(why string) {
	c.show(func(p *site.Picture) { p.Callbacks, p.WhyPolling = false, why })
}

// subscribe makes a subscription. Its token is known before the site is: the first callback may come before the answer.
func (c *Connector) subscribe(ctx context.Context, typeName string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	token := rand.Text()
	c.told.add(subscription{typeName: typeName, token: token})
	ctx, cancel := lingering(ctx, unsubscribeTime) // a subscription whose handle is not heard could not be ended
	defer cancel()
	handle, err := c.Client.Subscribe(ctx, typeName, strings.TrimRight(c.Connection.Callback, "/")+CallbackPath+token)
	if err != nil {
		c.told.drop(token)
		return err
	}
	c.told.drop(token)
	c.told.add(subscription{typeName, token, handle})
	return nil
}

// lingering gives a context that ends a while after the given one.
func lingering(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(after, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// recall takes over the subscriptions of an earlier process that was killed: the first renewal ends them.
func (c *Connector) recall(ctx context.Context) {
	handles, err := c.Store.SiteHandles(ctx)
	if err != nil {
		c.Log.WarnContext(ctx, "earlier subscriptions are not known; the site ends them when it restarts", "error", err)
	}
	for _, handle := range handles {
		c.told.add(subscription{handle: handle})
	}
}

// keepHandles keeps which subscriptions there are.
func (c *Connector) keepHandles(ctx context.Context) {
	c.told.mu.Lock()
	handles := []string{}
	for _, s := range c.told.subscriptions {
		handles = append(handles, s.handle)
	}
	c.told.mu.Unlock()
	if err := c.Store.KeepSiteHandles(ctx, handles); err != nil && ctx.Err() == nil {
		c.Log.WarnContext(ctx, "subscriptions are not kept; the site ends them when it restarts", "error", err)
	}
}

func (t *told) add(s subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subscriptions = append(t.subscriptions, s)
}

func (t *told) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.subscriptions[:0:0]
	for _, s := range t.subscriptions {
		if s.token != token {
			kept = append(kept, s)
		}
	}
	t.subscriptions = kept
}

// unsubscribe ends all subscriptions of ours. The site may have lost them already.
func (c *Connector) unsubscribe(ctx context.Context) {
	c.told.mu.Lock()
	old := c.told.subscriptions
	c.told.subscriptions = nil
	c.told.mu.Unlock()
	for _, s := range old {
		if s.handle == "" {
			continue
		}
		if err := c.Client.Unsubscribe(ctx, s.handle); err != nil {
			c.Log.DebugContext(ctx, "a subscription was not ended", "type", s.typeName, "error", err)
		}
	}
}
