package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

var auditAll = store.AuditFilter{Limit: 200}

func testUniqueNames(t *testing.T, w *world) {
	n := 0
	for kind, create := range map[string]func(name string) error{
		"policy":   func(name string) error { _, err := w.CreatePolicy(w.ctx, policy.Policy{Name: name}); return err },
		"stream":   func(name string) error { _, err := w.CreateStream(w.ctx, site.Stream{Name: name}); return err },
		"property": func(name string) error { _, err := w.CreateProperty(w.ctx, site.Property{Name: name}); return err },
		"user": func(name string) error {
			_, err := w.CreateUser(w.ctx, account.User{Name: name, Role: account.Admin}, "hash")
			return err
		},
		"deployment": func(name string) error {
			n++
			d := deployment.Deployment{Name: name, Endpoint: fmt.Sprintf("https://t%d.example", n), Audience: "a", Auth: deployment.LocalBearer}
			_, err := w.CreateDeployment(w.ctx, d, w.draft().ID)
			return err
		},
	} {
		if err := create("Größe Σας"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for _, same := range []string{"Größe Σας", "  GRÖßE σας\t", "größe ΣΑΣ"} {
			t.Run(kind, func(t *testing.T) { refused(t, create(same), fault.Conflict, "name") })
		}
		if err := create("Große"); err != nil {
			t.Errorf("%s: another name: %v", kind, err)
		}
	}
}

func testPolicies(t *testing.T, w *world) {
	w.app("a1", "Margin", w.stream("S"))
	w.events()
	p := w.policy(" to eu ")
	want := policy.Policy{
		ID: p.ID, Name: "to eu", Template: "Distribution_App", ResourceFilter: "App_*", Actions: policy.ActionDistribute,
		Conditions: `((subject.name="eu"))`, Tags: []string{"a", "b"}, Version: 1, Created: start, Modified: start, ModifiedBy: "anna",
	}
	if !cmp.Equal(p, want) {
		t.Error(cmp.Diff(want, p))
	}
	p.Disabled = true
	w.must(w.UpdatePolicy(w.ctx, p))
	p = must(w.Policy(w.ctx, p.ID))(t)
	w.must(w.UpdatePolicy(w.ctx, p)) // nothing differs
	if len(must(w.Policies(w.ctx))(t)) != 0 || len(must(w.AllPolicies(w.ctx))(t)) != 1 {
		t.Error("a disabled policy decides")
	}
	w.must(w.DeletePolicies(w.ctx, []string{"gone", p.ID}))
	refused(t, w.DeletePolicies(w.ctx, []string{p.ID}), fault.NotFound, "")
	refused(t, w.DeletePolicies(w.ctx, []string{p.ID, "gone"}), fault.NotFound, "")
	if got := w.events(); !cmp.Equal(got, []site.EventKind{"policy-changed", "policy-changed", "policy-changed"}) {
		t.Errorf("events %v", got)
	}
}

func testHistory(t *testing.T, w *world) {
	p := w.policy("to eu")
	w.clock.pass(time.Minute)
	p.Conditions, p.Disabled = `((subject.name="us"))`, true
	w.must(w.UpdatePolicy(w.ctx, p))
	history := must(w.History(w.ctx, "policy", p.ID))(t)
	want := account.Record{
		At: start.Add(time.Minute), Actor: "anna", Action: "changed", ObjectKind: "policy", ObjectID: p.ID, ObjectName: "to eu", RequestID: "r1",
		Changes: []account.Change{
			{Field: "Conditions", Before: `((subject.name="eu"))`, After: `((subject.name="us"))`}, {Field: "Disabled", Before: "no", After: "yes"},
		},
	}
	if len(history) != 2 || !cmp.Equal(history[0], want) {
		t.Error(cmp.Diff(want, history[0]))
	}
	if created := history[1]; created.Action != "created" || len(created.Changes) == 0 || created.Changes[0] != (account.Change{Field: "Name", After: "to eu"}) {
		t.Errorf("created: %+v", created)
	}
	if _, err := w.Writer().Exec(`UPDATE audit SET actor = 'nobody'`); err == nil {
		t.Error("the audit trail was rewritten")
	}
}

func testAuditPages(t *testing.T, w *world) {
	for i := range 12 {
		w.stream(fmt.Sprint("S", i))
	}
	w.policy("Größe")
	var names []string
	filter := store.AuditFilter{Kind: "stream", Limit: 5}
	for {
		page := must(w.Audit(w.ctx, filter))(t)
		if page.Total != 12 {
			t.Fatalf("total %d", page.Total)
		}
		for _, r := range page.Rows {
			names = append(names, r.ObjectName)
		}
		if filter.After = page.Next; page.Next == "" {
			break
		}
	}
	if len(names) != 12 || names[0] != "S11" || names[11] != "S0" {
		t.Errorf("got %v", names)
	}
	for filter, want := range map[store.AuditFilter]int{{Search: "GRÖSSE"}: 0, {Search: "GRÖßE"}: 1, {Actor: "anna"}: 14, // the first stream made it the embedded site
		{Actor: "bob"}: 0} {
		if page := must(w.Audit(w.ctx, filter))(t); page.Total != want || len(page.Rows) != want {
			t.Errorf("%+v: %d, want %d", filter, page.Total, want)
		}
	}
}

func testUsers(t *testing.T, w *world) {
	admin := must(w.CreateUser(w.ctx, account.User{Name: "Admin", Role: account.Admin}, "hash1"))(t)
	reader := must(w.CreateUser(w.ctx, account.User{Name: "reader", Role: account.Reader}, "hash2"))(t)
	if u := must(w.UserByName(w.ctx, " aDMIN "))(t); u.ID != admin || !u.LastSeen.IsZero() || !u.Created.Equal(start) {
		t.Errorf("got %+v", u)
	}
	refused(t, w.UpdateUser(w.ctx, account.User{ID: admin, Name: "Admin", Role: account.Reader}), fault.Conflict, "role")
	refused(t, w.UpdateUser(w.ctx, account.User{ID: admin, Name: "Admin", Role: account.Admin, Disabled: true}), fault.Conflict, "role")
	refused(t, w.UpdateUser(w.ctx, account.User{ID: reader, Name: "reader", Role: "king"}), fault.Invalid, "role")
	refused(t, w.UpdateUser(w.ctx, account.User{ID: reader, Name: " skyferry", Role: account.Reader}), fault.Invalid, "name")
	refused(t, w.UpdateUser(w.ctx, account.User{ID: reader, Name: "qlik REPOSITORY", Role: account.Reader}), fault.Invalid, "name")
	if u := must(w.User(w.ctx, admin))(t); u.Role != account.Admin || u.Disabled {
		t.Errorf("a refused change stayed: %+v", u)
	}

	session := account.Session{ID: "s1", UserID: reader, Created: start, Seen: start, Expires: start.Add(12 * time.Hour), Address: "192.0.2.7", Agent: "test"}
	w.must(w.CreateSession(w.ctx, session, []byte("data")))
	w.clock.pass(time.Minute)
	w.must(w.TouchSession(w.ctx, "s1", []byte("data 2")))
	got, data, err := w.Session(w.ctx, "s1")
	session.Seen = start.Add(time.Minute)
	if err != nil || !cmp.Equal(got, session) || string(data) != "data 2" {
		t.Errorf("%s, data %q, %v", cmp.Diff(session, got), data, err)
	}
	if u := must(w.User(w.ctx, reader))(t); !u.LastSeen.Equal(start) {
		t.Errorf("last seen %v", u.LastSeen)
	}
	if h := must(w.History(w.ctx, "user", reader))(t); h[0].Action != "signed-in" || h[0].Actor != "reader" {
		t.Errorf("history %+v", h[0])
	}
	w.must(w.SetPassword(w.ctx, reader, "hash3"))
	_, _, err = w.Session(w.ctx, "s1")
	refused(t, err, fault.NotFound, "")
	if h := must(w.History(w.ctx, "user", reader))(t)[0]; !cmp.Equal(h.Changes, []account.Change{{Field: "Password", After: "(changed)"}}) {
		t.Errorf("history %+v", h)
	}
	w.must(w.RenewHash(w.ctx, reader, "hash2", "hash4")) // too late: it was changed
	if h := must(w.PasswordHash(w.ctx, reader))(t); h != "hash3" {
		t.Errorf("hash %s", h)
	}
	w.must(w.CreateSession(w.ctx, session, nil))
	w.must(w.UpdateUser(w.ctx, account.User{ID: reader, Name: "reader", Role: account.Reader, Disabled: true}))
	_, _, err = w.Session(w.ctx, "s1")
	refused(t, err, fault.NotFound, "")
}

func testSweep(t *testing.T, w *world) {
	user := must(w.CreateUser(w.ctx, account.User{Name: "u", Role: account.Admin}, "h"))(t)
	for i, life := range []time.Duration{time.Hour, 200 * 24 * time.Hour} {
		s := account.Session{ID: fmt.Sprint("s", i), UserID: user, Created: start, Seen: start, Expires: start.Add(life)}
		w.must(w.CreateSession(w.ctx, s, nil))
	}
	w.clock.pass(time.Hour)
	_, _, err := w.Session(w.ctx, "s0")
	refused(t, err, fault.NotFound, "")
	w.clock.pass(100 * 24 * time.Hour)
	w.stream("new")
	w.must(w.Sweep(w.ctx, 90*24*time.Hour))
	if left := must(w.Sessions(w.ctx, user))(t); len(left) != 1 || left[0].ID != "s1" {
		t.Errorf("sessions left: %+v", left)
	}
	if page := must(w.Audit(w.ctx, auditAll))(t); page.Total != 2 || page.Rows[0].ObjectName != "new" || page.Rows[1].ObjectKind != "site" {
		t.Errorf("records left: %+v", page.Rows)
	}
}

func testSettings(t *testing.T, w *world) {
	if v := must(w.Setting(w.ctx, "place"))(t); v != "" {
		t.Errorf("a setting that nobody made is %q", v)
	}
	w.must(w.SetSetting(w.ctx, "place", "here"))
	w.must(w.SetSetting(w.ctx, "place", "there"))
	if v := must(w.Setting(w.ctx, "place"))(t); v != "there" {
		t.Errorf("got %q", v)
	}
	w.must(w.SetSetupToken(w.ctx, "hash", start.Add(time.Hour)))
	hash, expires, err := w.SetupToken(w.ctx)
	if err != nil || hash != "hash" || !expires.Equal(start.Add(time.Hour)) {
		t.Errorf("token %q, %v, %v", hash, expires, err)
	}
	w.must(w.ClearSetupToken(w.ctx))
	if hash, _, err := w.SetupToken(w.ctx); hash != "" || err != nil {
		t.Errorf("token %q, %v", hash, err)
	}
}

func testWritersWait(t *testing.T, w *world) {
	done := make(chan error)
	for i := range 20 {
		go func() {
			_, err := w.CreateStream(w.ctx, site.Stream{Name: fmt.Sprint("S", i)})
			done <- err
		}()
		go func() {
			_, err := w.Streams(w.ctx)
			done <- err
		}()
	}
	for range 40 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if rows := must(w.Streams(w.ctx))(t); len(rows) != 20 {
		t.Errorf("%d streams", len(rows))
	}
}
