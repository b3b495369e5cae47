package repository

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// executions of an app, in full.
func (f *fixture) executions(app, and string) []map[string]any {
	f.t.Helper()
	return f.call("GET", "/qrs/executionresult/full?orderby=startTime&filter="+url.QueryEscape("appID eq "+app+and), "").want(200).list()
}

// until asks until the answer is yes.
func until(t *testing.T, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !yes(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen within a minute")
		}
	}
}

// TestSlowReloadIsSeen: while a reload takes its time its result says Started, and the app is as before.
func TestSlowReloadIsSeen(t *testing.T) {
	f := newFixture(t)
	before := f.app("Sales overview")
	id := before["id"].(string)
	f.own("POST", "/apps/"+id+"/reload", `{"seconds":3600}`).want(204)
	running := f.executions(id, " and status eq Started")
	if len(running) != 1 || running[0]["stopTime"] != "1753-01-01T00:00:00.000Z" || running[0]["status"] != 2.0 || running[0]["appID"] != id {
		t.Fatalf("running: %v", running)
	}
	session := f.call("GET", "/qrs/executionsession/"+running[0]["executionID"].(string), "").want(200).object()
	if session["executionResult"].(map[string]any)["id"] != running[0]["id"] {
		t.Errorf("session: %v", session)
	}
	task := f.call("GET", "/qrs/reloadtask/full?filter="+url.QueryEscape("app.id eq "+id), "").want(200).list()
	if len(task) != 1 || task[0]["id"] != running[0]["taskID"] || task[0]["schemaPath"] != "ReloadTask" ||
		task[0]["operational"].(map[string]any)["lastExecutionResult"].(map[string]any)["status"] != 2.0 {
		t.Errorf("task: %v", task)
	}
	if now := f.app("Sales overview"); now["lastReloadTime"] != before["lastReloadTime"] {
		t.Error("the app changed before the reload ended")
	}
	f.own("POST", "/apps/"+id+"/reload", `{"seconds":-1}`).want(400)
	f.own("POST", "/apps/"+id+"/reload", `{"seconds":"NaN"}`).want(400)
}

// TestSlowReloadEnds: after its time the app has new data, and the session is gone.
func TestSlowReloadEnds(t *testing.T) {
	f := newFixture(t)
	before := f.app("Sales overview")
	id := before["id"].(string)
	f.own("POST", "/apps/"+id+"/reload", `{"seconds":0.1}`).want(204)
	until(t, func() bool { return len(f.executions(id, " and status eq FinishedSuccess")) == 1 })
	done := f.executions(id, "")
	if len(done) != 1 || done[0]["duration"].(float64) < 100 {
		t.Errorf("executions: %v", done)
	}
	if now := f.app("Sales overview"); now["lastReloadTime"] == before["lastReloadTime"] {
		t.Error("the reload gave no new data")
	}
	f.call("GET", "/qrs/executionsession/"+done[0]["executionID"].(string), "").want(404)
}

func TestFailedReloadIsSeen(t *testing.T) {
	f := newFixture(t)
	before := f.app("Sales overview")
	id := before["id"].(string)
	f.own("POST", "/apps/"+id+"/reload", `{"fail":true}`).want(204)
	failed := f.executions(id, " and status eq 8")
	if len(failed) != 1 || len(failed[0]["details"].([]any)) != 2 || failed[0]["stopTime"] == "1753-01-01T00:00:00.000Z" {
		t.Errorf("failed: %v", failed)
	}
	if now := f.app("Sales overview"); now["lastReloadTime"] != before["lastReloadTime"] || now["modifiedDate"] != before["modifiedDate"] {
		t.Error("a failed reload changed the app")
	}
	if brief := f.call("GET", "/qrs/executionresult?filter="+url.QueryEscape("ExecutionId eq "+failed[0]["executionID"].(string)), "").want(200).list(); len(brief) != 1 || brief[0]["status"] != 8.0 {
		t.Errorf("brief: %v", brief)
	}
}

// TestTasksOfQRS starts reloads as scripts do.
func TestTasksOfQRS(t *testing.T) {
	f := newFixture(t)
	app := f.app("Group P&L")
	id := app["id"].(string)
	task := f.call("POST", "/qrs/ReloadTask", `{"app":{"id":"`+id+`"},"enabled":true,"name":"Nightly","maxRetries":5}`).want(201).object()
	if task["taskSessionTimeout"] != 1440.0 || task["app"].(map[string]any)["name"] != "Group P&L" {
		t.Errorf("task: %v", task)
	}
	path := "/qrs/task/" + task["id"].(string) + "/start"
	session := f.call("POST", path+"/synchronous", "").want(201).object()["value"]
	if done := f.executions(id, ""); len(done) != 1 || done[0]["executionID"] != session || done[0]["taskID"] != task["id"] {
		t.Errorf("executions: %v", done)
	}
	f.call("POST", path, "").want(204)
	f.call("POST", "/qrs/app/"+id+"/reload", "").want(204)
	if n := len(f.executions(id, "")); n != 3 {
		t.Errorf("%d executions", n)
	}
	task = f.call("GET", "/qrs/reloadtask/"+task["id"].(string), "").want(200).object()
	task["enabled"] = false
	f.putTo("reloadtask", task).want(200)
	if v := f.call("POST", path+"/synchronous", "").want(201).object()["value"]; v != "00000000-0000-0000-0000-000000000000" {
		t.Errorf("a disabled task started: %v", v)
	}
	f.call("POST", "/qrs/reloadtask", `{"name":"x","app":{"id":"nothing"}}`).want(400)
	f.own("POST", "/faults", `{"kind":"slow-reload","seconds":3600,"calls":1}`).want(201)
	f.call("POST", "/qrs/app/"+id+"/reload", "").want(204)
	if n := len(f.executions(id, " and status eq Started")); n != 1 {
		t.Errorf("%d executions run", n)
	}
	f.client.CloseIdleConnections()
	good(t, f.s.Close())
	f.open() // what ran is over
	if n := len(f.executions(id, " and status eq Aborted")); n != 1 {
		t.Errorf("%d executions are aborted", n)
	}
	f.call("DELETE", "/qrs/app/"+id, "").want(204)
	if n := len(f.call("GET", "/qrs/reloadtask", "").list()); n != 0 {
		t.Errorf("%d tasks of a deleted app", n)
	}
}

// TestHappened: what happened is told with its time, in order, from a number on.
func TestHappened(t *testing.T) {
	f, l := newFixture(t), newListener(t)
	f.subscribe("name=App", l.URL)
	id := f.id("app", "Sales overview")
	last := 0.0
	next := func() (lines []string) {
		t.Helper()
		for _, h := range f.own("GET", "/happened?after="+strconv.Itoa(int(last)), "").want(200).object()["data"].([]any) {
			h := h.(map[string]any)
			if h["number"].(float64) <= last {
				t.Errorf("out of order: %v after %v", h["number"], last)
			}
			last = h["number"].(float64)
			if at, err := time.Parse(time.RFC3339Nano, h["at"].(string)); err != nil || time.Since(at) > time.Hour {
				t.Errorf("at: %v", h["at"])
			}
			lines = append(lines, h["what"].(string)+" "+h["did"].(string))
		}
		return lines
	}
	next()
	f.rename("Sales overview", "Sales")
	l.next(t)
	f.travelled(id, "exportScope=published")
	f.own("POST", "/restart", "").want(204)
	f.own("POST", "/faults", `{"kind":"callbacks-lost"}`).want(201)
	got := ""
	for _, want := range []string{"change updated", "callback sent", "export began", "export ended", "download ended", "restart restarted", "fault started"} {
		until(t, func() bool { // a callback and a download are noted when the other side has had its answer
			got += strings.Join(next(), ", ") + ", "
			return strings.Contains(got, want)
		})
	}
	if again := next(); len(again) != 0 {
		t.Errorf("again: %v", again)
	}
	f.own("GET", "/happened?after=x", "").want(400)
}
