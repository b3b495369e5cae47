package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

func TestANewConsoleAsksForTheRepository(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/site"), http.StatusOK)
	d.wants(page, "Where do the apps come from?", "Embedded site", "Qlik repository", "Test connection")
	if page.Find("#kind-1[checked]").Length() != 1 || page.Find("#user").AttrOr("value", "") != "skyferry" {
		t.Error("the repository is not what is asked for")
	}
	d.want(d.post("/site/embedded", nil), http.StatusSeeOther)
	if c := d.stored(); c.Kind != site.Embedded || d.taken != 1 {
		t.Errorf("%+v, taken up %d times", c, d.taken)
	}
	d.want(d.post("/site/embedded", nil), http.StatusConflict)
}

func TestARepositoryIsConnected(t *testing.T) {
	d := newDesk(t)
	form, files := d.form(), d.files(400*24*time.Hour)
	for field, value := range map[string]string{"look": "10", "sweep": "20", "exports": "2", "windowfrom": "22:00", "windowto": "06:30", "callback": "http://skyferry.acme.example:8080/", "observeonly": "on"} {
		form.Set(field, value)
	}
	if got := d.want(d.upload("/site", form, files), http.StatusSeeOther); got.location != "/site" || d.taken != 1 || !strings.Contains(d.notice, "Successfully added. The apps of sense.acme.example are read now") {
		t.Errorf("to %s, taken up %d times: %s", got.location, d.taken, d.notice)
	}
	want := site.Connection{
		Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientPEM: strings.TrimSpace(files["client"]), KeyPEM: strings.TrimSpace(files["key"]), RootPEM: strings.TrimSpace(files["root"]),
		UserDirectory: "SERVICE", UserID: "skyferry", Callback: "http://skyferry.acme.example:8080", Look: 10 * time.Second, Sweep: 20 * time.Minute, Exports: 2,
		Window: site.Window{From: 22 * 60, To: 6*60 + 30}, ObserveOnly: true, Version: 1, ModifiedBy: "ana",
	}
	got := d.stored()
	got.Modified = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	page := d.get("/site")
	d.wants(page, "CN=QlikClient, valid from", "CN=sense-CA", "A key is stored; it is never shown.", "History")
	html, err := page.Html()
	d.ok(err)
	if strings.Contains(html, "PRIVATE KEY") || strings.Contains(html, "BEGIN CERTIFICATE") {
		t.Error("a key or a certificate stands on the page")
	}
	if diff := cmp.Diff([]string{"10", "20", "2", "22:00", "06:30"}, values(page, "look", "sweep", "exports", "windowfrom", "windowto")); diff != "" {
		t.Error(diff)
	}
}

func values(page answer, names ...string) (list []string) {
	for _, name := range names {
		list = append(list, page.Find("#"+name).AttrOr("value", ""))
	}
	return list
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	form, files := d.form(), d.files(year)
	for field, value := range map[string]string{"host": "https://sense.acme.example", "port": "nine", "look": "x", "sweep": "0", "exports": "99", "windowfrom": "22:00", "callback": "here"} {
		form.Set(field, value)
	}
	page := d.want(d.upload("/site", form, files), http.StatusUnprocessableEntity)
	for _, field := range []string{"host", "port", "look", "sweep", "exports", "windowfrom", "callback"} {
		if page.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("no fault at %s", field)
		}
	}
	if diff := cmp.Diff([]string{"https://sense.acme.example", "nine", "x", "99", "here"}, values(page, "host", "port", "look", "exports", "callback")); diff != "" {
		t.Error(diff)
	}
	d.wants(page, "Chosen: CN=QlikClient", "Choose it again: a key is never written into a page.")
	html, err := page.Html()
	d.ok(err)
	if strings.Contains(html, "PRIVATE KEY") || d.stored().Kind != site.Unset {
		t.Error("the key is on the page, or something was saved")
	}
	form = d.form()
	form.Set("client", page.Find("input[type=hidden][name=client]").AttrOr("value", ""))
	form.Set("root", page.Find("input[type=hidden][name=root]").AttrOr("value", ""))
	d.want(d.upload("/site", form, map[string]string{"key": files["key"]}), http.StatusSeeOther)
	if c := d.stored(); c.ClientPEM != strings.TrimSpace(files["client"]) || c.RootPEM != strings.TrimSpace(files["root"]) {
		t.Error("the certificates that were chosen before got lost")
	}
}

// TestALargeFileIsNoCertificate: its fault stands at the field, and nothing that was typed is lost.
func TestALargeFileIsNoCertificate(t *testing.T) {
	d := newDesk(t)
	files := d.files(year)
	files["client"] = strings.Repeat("x", 2<<20)
	page := d.want(d.upload("/site", d.form(), files), http.StatusUnprocessableEntity)
	if page.Find("#client-error").Length() != 1 || page.Find("input[name=host]").AttrOr("value", "") != d.form().Get("host") {
		t.Errorf("faults: %s", page.Find("#error-summary").Text())
	}
}

func TestFaultsOfFilesStandAtTheirPaths(t *testing.T) {
	d := newDesk(t)
	form := d.form()
	form.Set("source", "paths")
	form.Set("keyfile", "/etc/skyferry/client_key.pem")
	page := d.want(d.post("/site", form), http.StatusUnprocessableEntity)
	if page.Find("#clientfile-error").Length() != 1 || page.Find("#rootfile-error").Length() != 1 || page.Find("#client-error, #keyfile-error").Length() != 0 {
		t.Errorf("faults: %s", page.Find("#error-summary").Text())
	}
	form.Set("clientfile", "/etc/skyferry/client.pem")
	form.Set("rootfile", "/etc/skyferry/root.pem")
	d.want(d.post("/site", form), http.StatusSeeOther)
	if diff := cmp.Diff([]string{"/etc/skyferry/client.pem", "/etc/skyferry/client_key.pem"}, values(d.get("/site"), "clientfile", "keyfile")); diff != "" {
		t.Error(diff)
	}
}

func TestTheTestTakesWhatIsTyped(t *testing.T) {
	d := newDesk(t)
	d.connect()
	d.steps = []api.Step{{Name: "Name resolves", State: api.Passed, Found: "10.0.0.7"}, {Name: "TLS", State: api.NotPassed, Found: "not of this site", Remedy: "Take root.pem of this site."}, {Name: "Version", State: api.NotChecked, Found: "not reached"}}
	form := d.form()
	form.Set("host", "other.acme.example")
	page := d.want(d.upload("/site/test", form, nil), http.StatusOK)
	d.wants(page, "1 passed, 1 failed, 1 not checked.", "Failed. Not of this site", "Do this: Take root.pem of this site.")
	if got := values(page, "host"); got[0] != "other.acme.example" {
		t.Errorf("the host became %q", got)
	}
	part := d.want(d.upload("/site/test", form, nil, "HX-Request", "true"), http.StatusOK)
	if part.Find("form, h1").Length() != 0 || part.Find(".steps li").Length() != 3 {
		t.Errorf("scripts got %s", part.words())
	}
	if len(d.tested) != 2 || d.tested[0].Host != "other.acme.example" || d.tested[0].KeyPEM != d.stored().KeyPEM || d.stored().Host != "sense.acme.example" {
		t.Errorf("tested %d connections", len(d.tested))
	}
	form.Set("host", "")
	d.wants(d.want(d.upload("/site/test", form, nil, "HX-Request", "true"), http.StatusOK), "Not tested.", "Host: Enter the name")
	d.want(d.upload("/site/test", form, nil), http.StatusUnprocessableEntity)
	form.Set("kind", "embedded")
	d.wants(d.want(d.upload("/site/test", form, nil), http.StatusOK), "there is no connection to test")
	if len(d.tested) != 2 {
		t.Error("a faulty form was tested")
	}
}

// TestAStoredJWTGoesNowhereElse: whoever has it is that user on the site, so that only its own address ever gets it.
func TestAStoredJWTGoesNowhereElse(t *testing.T) {
	d := newDesk(t)
	form := d.form()
	for field, value := range map[string]string{"way": "proxy", "prefix": "/jwt/", "jwt": "aaaa.bbbb.cccc", "authority": "host"} {
		form.Set(field, value)
	}
	d.want(d.post("/site", form), http.StatusSeeOther)
	if c := d.stored(); c.JWT != "aaaa.bbbb.cccc" || c.Prefix != "jwt" || c.RootPEM != "" {
		t.Errorf("stored %q, %q", c.Prefix, c.RootPEM)
	}
	form.Del("jwt")
	form.Set("version", "1")
	d.want(d.post("/site/test", form), http.StatusOK)
	form.Set("host", "evil.example")
	for _, path := range []string{"/site/test", "/site"} {
		page := d.want(d.post(path, form), http.StatusUnprocessableEntity)
		d.wants(page, "Enter the JWT again")
		if html, _ := page.Html(); strings.Contains(html, "bbbb") {
			t.Error("the JWT stands on the page")
		}
	}
	if len(d.tested) != 1 || d.tested[0].JWT != "aaaa.bbbb.cccc" {
		t.Errorf("tested %d times", len(d.tested))
	}
}

func TestAnotherSiteIsAskedAboutFirst(t *testing.T) {
	d := newDesk(t)
	d.connect()
	form := d.form()
	form.Set("host", "other.acme.example")
	page := d.want(d.upload("/site", form, nil), http.StatusOK)
	d.wants(page, "Change the site from sense.acme.example to other.acme.example?", "2 apps (1 published), 1 stream and 0 custom properties", "No tenant holds a copy of them.")
	if page.Find(`.actions button.primary`).Length() != 0 || d.stored().Host != "sense.acme.example" {
		t.Error("the question can be passed by, or nothing was asked")
	}
	form.Set("seen", page.Find("[name=seen]").AttrOr("value", "")+"0")
	d.want(d.upload("/site", form, nil), http.StatusOK)
	form.Set("seen", page.Find("[name=seen]").AttrOr("value", ""))
	d.want(d.upload("/site", form, nil), http.StatusSeeOther)
	if d.stored().Host != "other.acme.example" {
		t.Error("the answer changed nothing")
	}
}

// TestTheAnswerTakesTheKeyAgain: no page holds a key, so that a form with one and a question is sent with it twice.
func TestTheAnswerTakesTheKeyAgain(t *testing.T) {
	d := newDesk(t)
	d.want(d.post("/site/embedded", nil), http.StatusSeeOther)
	_, err := d.store.CreateStream(t.Context(), site.Stream{Name: "Finance"})
	d.ok(err)
	form, files := d.form(), d.files(year)
	page := d.want(d.upload("/site", form, files), http.StatusOK)
	d.wants(page, "Change the site from the embedded site to sense.acme.example?", "The files that were uploaded here go with their apps.", "Choose it again")
	if page.Find("input[name=key]").Length() != 1 || page.Find("[aria-labelledby=question-title] input[name=key]").Length() != 1 {
		t.Error("the key is not asked for beside the answer")
	}
	for _, name := range []string{"seen", "client", "root"} {
		form.Set(name, page.Find("input[type=hidden][name="+name+"]").AttrOr("value", ""))
	}
	d.want(d.upload("/site", form, map[string]string{"key": files["key"]}), http.StatusSeeOther)
	if c := d.stored(); c.Host != "sense.acme.example" || c.ClientPEM == "" {
		t.Errorf("%+v", c)
	}
}

func TestAChangeMadeMeanwhileIsNotOverwritten(t *testing.T) {
	d := newDesk(t)
	d.connect()
	form := d.form()
	d.want(d.post("/site", d.form()), http.StatusSeeOther)
	form.Set("version", "7")
	form.Set("look", "12")
	page := d.want(d.post("/site", form), http.StatusUnprocessableEntity)
	d.wants(page, "Not applied.", "ana")
	if got := values(page, "look"); got[0] != "12" {
		t.Errorf("12 became %q", got)
	}
}

func TestTheSiteStaysWhileDeliveriesAreOpen(t *testing.T) {
	d := newDesk(t)
	d.connect()
	d.summaries = []distribution.Summary{{Waiting: 2, Working: 1, InTenant: 5}}
	form := d.form()
	form.Set("kind", "embedded")
	page := d.want(d.post("/site", form), http.StatusUnprocessableEntity)
	d.wants(page, "Not applied.", "3 deliveries are open", "let them end, or cancel them")
	if d.stored().Kind != site.Repository {
		t.Error("the site was changed")
	}
	d.summaries = []distribution.Summary{{InTenant: 5}}
	d.wants(d.want(d.post("/site", form), http.StatusOK), "to the embedded site?", "The 5 copies in tenants stay there, become left in tenant")
}

func TestAConnectionFromElsewhereIsShownOnly(t *testing.T) {
	d := newDesk(t)
	files := d.files(year)
	d.ok(d.store.SaveSiteConnection(account.WithActor(t.Context(), account.System), site.Connection{
		Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientPEM: files["client"], KeyPEM: files["key"], RootPEM: files["root"],
		UserDirectory: "SERVICE", UserID: "skyferry", Fixed: true,
	}))
	page := d.want(d.get("/site"), http.StatusOK)
	d.wants(page, "Configured elsewhere.", "comes from the command line, the environment or a configuration file")
	if page.Find("#site fieldset[disabled] #host").Length() != 1 || strings.Contains(page.Find(".actions").Text(), "Apply") {
		t.Error("it looks as if it could be changed")
	}
	form := d.form()
	form.Set("host", "other.acme.example")
	d.want(d.post("/site", form), http.StatusConflict)
	d.want(d.post("/site/test", form), http.StatusOK)
	if len(d.tested) != 1 || d.tested[0].Host != "sense.acme.example" {
		t.Errorf("tested %+v", d.tested)
	}
}

func TestReadersSeeAllAndEnterNothing(t *testing.T) {
	d := newDesk(t)
	d.connect()
	d.seen = site.Picture{Kind: site.Repository, Shrunk: &site.Shrunk{Known: 10, Answered: 2, Since: d.now}}
	d.user.Role = account.Reader
	page := d.want(d.get("/site"), http.StatusOK)
	d.wants(page, "Site answers fewer apps than before (2 of 10)")
	if page.Find("#site fieldset[disabled] #host").Length() != 1 || page.Find(`form[action^="/site/accept"]`).Length() != 0 {
		t.Error("a reader is offered changes")
	}
}

func TestHowTheSiteIsSeen(t *testing.T) {
	d := newDesk(t)
	d.connect()
	ago := func(s int) time.Time { return d.now.Add(-time.Duration(s) * time.Second) }
	d.seen = site.Picture{
		Kind: site.Repository, Host: "sense.acme.example", Product: "14.187.4", Fresh: ago(38), Swept: ago(600), SweepTook: 3 * time.Second, Calls: 14, Apps: 3004,
		Callbacks: true, LastCallback: ago(100), Sweeping: true, Read: 1200,
		Exports: []site.Exporting{{AppID: "a1", AppName: "Sales", Since: ago(250), Bytes: 412e6}, {AppID: "a2", AppName: "Plan", Since: ago(60), Waiting: "an export before it"}},
	}
	d.wants(d.get("/site"), "Age 38 s", "Noticed by callbacks, and a look every 30 s", "14.187.4", "runs now, 1,200 apps so far", "Took 3 s", "Calls 14", "Apps 3,004",
		"Runs for 4 min 10 s, 412 MB so far", "Waits for 1 min: an export before it")
	d.seen = site.Picture{Kind: site.Repository, Trouble: "The site does not answer.", TroubleSince: ago(60), WhyPolling: "no callback address is entered.", Shrunk: &site.Shrunk{Known: 3004, Answered: 1020, Since: ago(60)}}
	part := d.want(d.get("/site/picture"), http.StatusOK)
	d.wants(part, "Not read yet", "Noticed by polling: a look every 30 s", "No callbacks: no callback address is entered.", "None runs or waits now.", "The site is out of touch. The site does not answer.",
		"Site answers fewer apps than before (1,020 of 3,004). Check the user's rights.", "1,984 apps that are missing then count as deleted")
	if part.Find(`#attention[hx-swap-oob] form[action^="/site/accept"] button`).Text() == "" || part.Find("h1").Length() != 0 {
		t.Error("the notice does not follow the site")
	}
	d.seen = site.Picture{Kind: site.Repository, Fresh: ago(5), Swept: ago(5), Blind: true}
	d.wants(d.get("/site"), `The site answers no app to the user SERVICE\skyferry.`, "give the user the action Read on App_*", "Least rights")
	d.want(d.post("/site/look", nil), http.StatusSeeOther)
	d.want(d.post("/site/accept", nil), http.StatusConflict) // the store knows of nothing to accept
	if d.looks != 1 {
		t.Errorf("%d looks", d.looks)
	}
}

func TestFewerAppsAreAccepted(t *testing.T) {
	d := newDesk(t)
	d.connect()
	d.ok(d.store.Mirror(d.stored()).SetShrunk(t.Context(), &site.Shrunk{Known: 10, Answered: 2}))
	d.want(d.post("/site/accept?missing=7", nil), http.StatusConflict) // of a page that was opened before it shrank further
	d.want(d.post("/site/accept?missing=8", nil), http.StatusSeeOther)
	if s, err := d.store.Shrunk(t.Context()); err != nil || !s.Accepted || d.looks != 1 {
		t.Errorf("%+v, %v, %d looks", s, err, d.looks)
	}
}

func TestCertificatesThatEndAreAnnounced(t *testing.T) {
	d := newDesk(t)
	d.want(d.upload("/site", d.form(), d.files(31*24*time.Hour+time.Hour)), http.StatusSeeOther)
	if text := d.get("/site").words(); strings.Contains(text, "client certificate ends") {
		t.Error("31 days ahead it is announced already")
	}
	for days, words := range map[int]string{2: "ends in 29 days.", 24: "ends in 7 days.", 30: "ends in 1 day.", 32: "has ended."} {
		d.now = d.now.Add(time.Duration(days) * 24 * time.Hour)
		d.wants(d.get("/site"), "The site’s client certificate "+words)
		d.now = d.now.Add(-time.Duration(days) * 24 * time.Hour)
	}
}

func TestLeastRights(t *testing.T) {
	d := newDesk(t)
	form := d.form()
	form.Set("user", "robot")
	form.Set("acting", "on")
	d.want(d.upload("/site", form, d.files(year)), http.StatusSeeOther)
	page := d.want(d.get("/site/rights"), http.StatusOK)
	d.wants(page, `((user.userDirectory="SERVICE" and user.userId="robot"))`, "GET /qrs/app/full", "unknown", "documented", "only while Acting is on", "Not tried against a real site.")
	if got := page.Find("#right-actions").AttrOr("value", ""); got != "Read, Export, Export data, Update, Publish" {
		t.Errorf("actions %q", got)
	}
	if n := page.Find("[data-copy]").Length(); n != 5 {
		t.Errorf("%d copy buttons", n)
	}
}

func TestABodyThatIsTooLargeOrBroken(t *testing.T) {
	d := newDesk(t)
	d.want(d.post("/site", url.Values{"host": {strings.Repeat("x", 2<<20)}}), http.StatusUnprocessableEntity)
	d.want(d.send(http.MethodPost, "/site", "multipart/form-data; boundary=x", "--x\r\nbroken"), http.StatusUnprocessableEntity)
}
