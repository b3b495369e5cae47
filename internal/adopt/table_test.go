package adopt_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/adopt"
)

const head = "site app id,site app,stream,tenant app id,tenant app,space,size at site,size in tenant,proposal,action\n"

func TestTableThereAndBack(t *testing.T) {
	rows := []adopt.Row{
		{App: app("a1", "=cmd()", "Finance; EU", 10), State: adopt.Proposed, Fits: []adopt.Fit{{Copy: adopt.Copy{ID: "c1", Name: "Sales, \"all\"", SpaceName: "Finance", Size: 11}, Reasons: []string{"same name"}}}},
		{App: app("a2", "None", "F", 10), State: adopt.None},
	}
	var out bytes.Buffer
	harmless := func(text string) string { return strings.Replace(text, "=", "'=", 1) }
	if err := adopt.Write(&out, rows, harmless); err != nil {
		t.Fatal(err)
	}
	want := head + "a1,'=cmd(),Finance; EU,c1,\"Sales, \"\"all\"\"\",Finance,10,11,proposed: same name,\na2,None,F,,,,10,,none,\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	filled := strings.Replace(out.String(), "same name,\n", "same name,LINK\n", 1)
	choices, bad, err := adopt.Parse([]byte(filled))
	if diff := cmp.Diff([]adopt.Choice{{AppID: "a1", RemoteID: "c1", Line: 2}}, choices); diff != "" || len(bad) > 0 || err != nil {
		t.Error(diff, bad, err)
	}
}

func TestTableOfASpreadsheet(t *testing.T) {
	raw := "\ufeffAction;Site App ID;tenant app id;note\r\nleave;A1;c1;\"two\r\nlines\"\r\n;a2;c2\r\nlink;a1;c3\r\nlink;a4;c1\r\ndelete;a5;c5\r\nlink;;c6\r\nmark\r\n"
	choices, bad, err := adopt.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]adopt.Choice{{AppID: "a1", RemoteID: "c1", Mark: true, Line: 2}}, choices); diff != "" {
		t.Error(diff)
	}
	lines := []int{}
	for _, b := range bad {
		lines = append(lines, b.Line)
	}
	if diff := cmp.Diff([]int{5, 6, 7, 8, 9}, lines); diff != "" || !strings.Contains(bad[0].Why, "line 2 already") || !strings.Contains(bad[2].Why, `"delete"`) {
		t.Error(diff, bad)
	}
}

func TestTablesThatAreNone(t *testing.T) {
	long := "action,site app id,tenant app id\n" + strings.Repeat(",x,y\n", adopt.MaxLines+1)
	for raw, want := range map[string]string{
		"": "empty", "a,b\n1,2\n": "names no column", "\xff\xfeS\x00": "UTF-8", long: "more than 20000 lines",
	} {
		if _, _, err := adopt.Parse([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte(head + "a,b,c,d,e,f,1,2,p,link\n"))
	f.Add([]byte("action;site app id;tenant app id\r\nlink;a;\"b\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		choices, _, err := adopt.Parse(raw)
		for _, c := range choices {
			if err != nil || c.AppID == "" || c.RemoteID == "" || c.Line < 2 {
				t.Error(fmt.Sprint(c, err))
			}
		}
	})
}
