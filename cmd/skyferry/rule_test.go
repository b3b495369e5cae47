package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/rule"
)

// lines runs a rule command on lines of input and gives its lines of output.
func lines(t *testing.T, input string, args ...string) (out []string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"rule"}, args...), terminal{out: &stdout, err: &stderr, in: strings.NewReader(input), env: os.Getenv})
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", &stderr)
	}
	return strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n"), code
}

func TestEvalKnowsTheTruths(t *testing.T) {
	raw, err := os.ReadFile("../../internal/rule/testdata/truths.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	input := strings.Split(strings.TrimSpace(string(raw)), "\n")
	out, code := lines(t, string(raw), "eval")
	if code != exitGood || len(out) != len(input) || len(input) < 60 {
		t.Fatalf("code %d, %d lines in, %d out", code, len(input), len(out))
	}
	for i, line := range input {
		var want struct{ Result bool }
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		var got evalAnswer
		if err := json.Unmarshal([]byte(out[i]), &got); err != nil || got.Error != "" || got.Result != want.Result {
			t.Errorf("%s\ngives %s", line, out[i])
		}
		if check([]byte(line), rule.Vocabulary{}).Valid != true {
			t.Errorf("%s is not valid", line)
		}
	}
}

func TestEvalReadsReferencesListsAndPrivileges(t *testing.T) {
	things := `"resource":{"Owner":{"id":"u1","groups":["a","b"]},"stream":{"$privileges":["Read"]},"n":5,"on":true,"list":[{"id":"x"},{"id":"y"}]},"user":{"id":"U1","roles":["RootAdmin"]},"node":{"isCentral":"true"}`
	for condition, want := range map[string]bool{
		`resource.owner = user`: true, `resource.owner.groups="B"`: true, `resource.stream.HasPrivilege("read")`: true,
		`resource.stream.HasPrivilege("update")`: false, `resource.HasPrivilege("read")`: false, `resource.stream.Empty()`: false,
		`resource.IsOwned()`: true, `user.IsAnonymous()`: false, `user.roles="rootadmin"`: true, `node.iscentral="true"`: true,
		`resource.n="5"`: true, `resource.on=true`: true, `resource.on`: true, `resource.list.id="y"`: true, `resource.stream=resource.stream`: true,
		`resource.stream=user`: false,
	} {
		text, _ := json.Marshal(condition)
		out, _ := lines(t, `{"condition":`+string(text)+`,`+things+`}`, "eval")
		if out[0] != map[bool]string{true: `{"result":true,"error":""}`, false: `{"result":false,"error":""}`}[want] {
			t.Errorf("%s: %s", condition, out[0])
		}
	}
}

func TestCheckSpeaksItsContract(t *testing.T) {
	input := `{"condition":"subject.name=\"eu\""}
{"condition":"true\r\n\tand subject.näme = ”eu”","resourceFilter":"App_*"}
nope
{"condition":"subject.name=\"eu\"","resourceFilter":"Stream_*"}
{"condition":"` + strings.Repeat("(", 70<<10) + `"}
{"condition":"subject.name like \"e*\"","resourceFilter":null}
{"condition":"` + strings.Repeat("x", maxLine) + `"}
{"condition":"subject.name=\"eu\""}`
	out, code := lines(t, input, "check", "--kind", "policy")
	if code != exitFailed || len(out) != 8 {
		t.Fatalf("code %d, lines: %d", code, len(out))
	}
	if !strings.Contains(out[0], `"valid":true,"diagnostics":[`) || !strings.Contains(out[5], `"valid":true`) || strings.Contains(out[2], `"valid":true`) {
		t.Errorf("lines: %s\n%s\n%s", out[0], out[2], out[5])
	}
	var second checkAnswer
	if err := json.Unmarshal([]byte(out[1]), &second); err != nil {
		t.Fatal(err)
	}
	d := second.Diagnostics
	if len(d) != 2 || d[0].Code != "property-unknown" || d[0].Line != 2 || d[0].Column != 14 || d[0].Offset != 19 || d[0].Length != 5 ||
		d[1].Code != "quote-typographic" || d[1].Fix == nil || d[1].Fix.Text != `"eu"` || d[1].Fix.Offset != 27 || d[1].Fix.Length != 8 {
		t.Errorf("diagnostics: %s", out[1])
	}
	for i, code := range []string{"", "", "bad-input", "resource-filter", "too-long", "subject-open", "bad-input"} {
		if !strings.Contains(out[i], code) {
			t.Errorf("line %d has no %s: %s", i+1, code, out[i])
		}
	}
}

func TestKindsHaveTheirOwnRoots(t *testing.T) {
	for kind, condition := range map[string]string{"policy": `subject.name=\"eu\"`, "security": `user.name=\"a\"`, "sync": `node.name=\"a\"`} {
		for _, other := range []string{"policy", "security", "sync"} {
			_, code := lines(t, `{"condition":"`+condition+`"}`, "check", "--kind", other)
			if (code == exitGood) != (kind == other) {
				t.Errorf("%s as %s: code %d", condition, other, code)
			}
		}
	}
}

func TestFormatAndExplain(t *testing.T) {
	if out, _ := lines(t, "subject.name  =  \"eu\"&&(true)\r\n", "format"); out[0] != `subject.name="eu" and (true)` {
		t.Error(out)
	}
	line := `{"condition":"subject.name=\"eu\" and resource.@X.Empty()","subject":{"name":"us"},"resource":{}}`
	if out, _ := lines(t, line, "explain"); len(out) != 3 || !strings.Contains(out[1], `false subject.name="eu"   [subject.name is "us"]`) {
		t.Error(out)
	}
	if out, _ := lines(t, line, "explain", "--json"); !strings.Contains(out[0], `"seen":{"subject.name":["us"]}`) {
		t.Error(out)
	}
}

func TestEvalSaysWhatItCannotRead(t *testing.T) {
	for condition, want := range map[string]string{
		`bogus.name="x"`: "bogus is unknown", `resource.Foo()`: "there is no function Foo", `subject.name=`: "After = a value is expected",
	} {
		text, _ := json.Marshal(condition)
		out, code := lines(t, `{"condition":`+string(text)+`}`, "eval")
		if code != exitFailed || !strings.Contains(out[0], `"result":false`) || !strings.Contains(out[0], want) {
			t.Errorf("%s: code %d, %s", condition, code, out[0])
		}
	}
}

func TestAByteOrderMarkIsNoFault(t *testing.T) {
	if out, code := lines(t, "\ufeff{\"condition\":\"subject.name=\\\"eu\\\"\"}\r\n", "check"); code != exitGood {
		t.Error(out)
	}
}
