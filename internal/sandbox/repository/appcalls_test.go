package repository

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

// form gives a file in a form, behind a field, and its content type.
func form(t *testing.T, file string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	good(t, parts.WriteField("note", "before the file"))
	part, err := parts.CreateFormFile("file", "x.qvf")
	good(t, err)
	_, err = part.Write([]byte(file))
	good(t, err)
	good(t, parts.Close())
	return b.String(), parts.FormDataContentType()
}

func (f *fixture) uploadForm(path, file string) answer {
	f.t.Helper()
	body, contentType := form(f.t, file)
	return f.raw("POST", f.base+path+"&xrfkey="+xrf16, body, map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-User": f.user, "Content-Type": contentType})
}

// TestUploadOfForms: a file comes in a form as well as a body, for new apps and in the place of one.
func TestUploadOfForms(t *testing.T) {
	f := newFixture(t)
	app := f.uploadForm("/qrs/app/upload?name=Formed&keepdata=true", qvf("x")).want(201).object()
	if content := f.own("GET", "/apps/"+app["id"].(string)+"/content", "").want(200).body; string(content) != qvf("x") || app["name"] != "Formed" {
		t.Errorf("uploaded: %v, %d bytes", app, len(content))
	}
	if r := f.uploadForm("/qrs/app/upload?name=No", "no app"); r.status != 400 {
		t.Errorf("no app: %d", r.status)
	}
	broken := f.raw("POST", f.base+"/qrs/app/upload?name=x&xrfkey="+xrf16, "--y\r\n", map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-User": f.user, "Content-Type": "multipart/form-data; boundary=y"})
	broken.want(400)
}

func TestUploadReplace(t *testing.T) {
	f := newFixture(t)
	before := f.app("Group P&L")
	id := before["id"].(string)
	for _, upload := range []func(file string) answer{
		func(file string) answer {
			return f.call("POST", "/qrs/app/upload/replace?targetappid="+id+"&keepdata=false", file)
		},
		func(file string) answer { return f.uploadForm("/qrs/app/upload/replace?targetAppId="+id, file) },
	} {
		after := upload(qvf("other")).want(201).object()
		if after["id"] != id || after["name"] != "Group P&L" || after["published"] != true || after["publishTime"] != before["publishTime"] ||
			after["fileSize"] == before["fileSize"] || after["lastReloadTime"] != "2026-01-02T03:04:05.000Z" {
			t.Errorf("replaced: %v", after)
		}
		f.own("POST", "/apps/"+id+"/reload", "").want(204)
	}
	f.call("POST", "/qrs/app/upload?name=x&replace="+id, qvf("x")).want(400)
	f.call("POST", "/qrs/app/upload/replace?targetappid="+xrf16, qvf("x")).want(404)
	f.user = "UserDirectory=ACME; UserId=tokafor"
	f.call("POST", "/qrs/app/upload/replace?targetappid="+id, qvf("x")).want(403)
	f.user = "UserDirectory=ACME; UserId=stranger"
	f.call("POST", "/qrs/app/upload?name=x", qvf("x")).want(403)
}

func TestHublist(t *testing.T) {
	f := newFixture(t)
	f.user = "UserDirectory=ACME; UserId=tokafor"
	brief := f.call("GET", "/qrs/app/hublist", "").want(200).list()
	full := f.call("GET", "/qrs/app/hublist/full", "").want(200).list()
	if len(brief) != 6 || len(full) != 6 || len(brief[0]) != 10 || full[0]["schemaPath"] != "App" {
		t.Errorf("hublist: %d of %d, full: %d", len(brief), len(brief[0]), len(full))
	}
	id := f.id("app", "Headcount plan")
	if info := f.call("GET", "/qrs/app/"+id+"/hubinfo", "").want(200).object(); info["id"] != id || info["availabilityStatus"] != 0.0 {
		t.Errorf("hubinfo: %v", info)
	}
	f.user = "UserDirectory=ACME; UserId=jberg"
	f.call("GET", "/qrs/app/"+id+"/hubinfo", "").want(404)
}

// TestLateCallbacks: a late callback comes after its time, and not before.
func TestLateCallbacks(t *testing.T) {
	f, l := newFixture(t), newListener(t)
	f.subscribe("name=app", l.URL)
	_, err := f.s.Faults().Add(faults.Fault{Kind: faults.CallbacksLate, Seconds: 0.3, Calls: 1})
	good(t, err)
	began := time.Now()
	f.rename("Welcome", "Hello")
	if e := l.next(t); e.ObjectType != "App" || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%+v after %v", e, time.Since(began))
	}
	// One that waits holds back those behind it, and goes when the fault is stopped.
	shown, err := f.s.Faults().Add(faults.Fault{Kind: faults.CallbacksLate, Seconds: 3600})
	good(t, err)
	f.rename("Hello", "Welcome")
	until(t, func() bool { return f.s.Faults().All()[1].Hits == 1 })
	if len(l.posts) != 0 {
		t.Error("heard in time")
	}
	good(t, f.s.Faults().Stop(shown.ID))
	l.next(t)
}

// TestChangesOfWhatIsGone: the log names what is gone with no object, in any case of the types, and forgets hidden apps.
func TestChangesOfWhatIsGone(t *testing.T) {
	f := newFixture(t)
	since := time.Now().UTC().Format("2006-01-02T15:04:05")
	tag := f.call("POST", "/qrs/tag", `{"name":"short"}`).want(201).object()["id"].(string)
	f.call("DELETE", "/qrs/tag/"+tag, "").want(204)
	id := f.id("app", "Welcome")
	f.rename("Welcome", "Hello")
	list := f.call("GET", "/qrs/notification/changes?since="+since+"&types=tag,APP", "").want(200).list()
	gone := 0
	for _, change := range list {
		if change["id"] != tag {
			continue
		}
		gone++
		if object, has := change["object"]; !has || object != nil || change["type"] != "Tag" {
			t.Errorf("change: %v", change)
		}
	}
	if gone != 2 || list[len(list)-1]["id"] != id {
		t.Errorf("%d changes of the tag in %v", gone, list)
	}
	f.own("POST", "/faults", `{"kind":"hidden-rows","ids":["`+id+`"]}`).want(201)
	if list := f.call("GET", "/qrs/notification/changes?since="+since+"&types=App", "").list(); len(list) != 0 && list[len(list)-1]["id"] == id {
		t.Errorf("a hidden app is told of: %v", list)
	}
}

// TestRestartDropsExports: an export under way loses its connection, as with a service that stops.
func TestRestartDropsExports(t *testing.T) {
	f := newFixture(t)
	f.own("POST", "/faults", `{"kind":"slow-export","seconds":3600,"calls":1}`).want(201)
	request, err := http.NewRequestWithContext(t.Context(), "POST", f.base+"/qrs/app/"+f.id("app", "Welcome")+"/export/060dcbca-4782-4f99-a7c4-767190e85355?xrfkey="+xrf16, strings.NewReader(""))
	good(t, err)
	request.Header.Set("X-Qlik-Xrfkey", xrf16)
	request.Header.Set("X-Qlik-User", f.user)
	done := make(chan error, 1)
	go func() {
		response, err := f.client.Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		done <- err
	}()
	until(t, func() bool { return f.s.Faults().All()[0].Hits == 1 })
	f.own("POST", "/restart", `{"seconds":0}`).want(204)
	select {
	case err := <-done:
		if err == nil {
			t.Error("the export was answered")
		}
	case <-time.After(time.Minute):
		t.Fatal("the export still waits")
	}
}
