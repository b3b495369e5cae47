package basic_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/rule/basic"
)

// press does what a button does: "group 1 2" ticks the rows 1 and 2 and presses Group, "split 1 3" ticks row 3 and splits group 1.
func press(c *basic.Conditions, button string) basic.Answer {
	words := strings.Fields(button)
	var numbers []int
	for _, w := range words[1:] {
		n, _ := strconv.Atoi(w)
		numbers = append(numbers, n)
	}
	tick := func(list []int) {
		for _, n := range list {
			c.Rows[n-1].Ticked = true
		}
	}
	switch words[0] {
	case "group":
		tick(numbers)
		return c.Group()
	case "join":
		tick(numbers)
		return c.Join()
	case "split":
		tick(numbers[1:])
		return c.Split(numbers[0])
	}
	return map[string]func(int) basic.Answer{
		"ungroup": c.Ungroup, "up": c.Up, "down": c.Down, "groupup": c.GroupUp, "groupdown": c.GroupDown, "remove": c.Remove,
	}[words[0]](numbers[0])
}

func TestButtons(t *testing.T) {
	for _, c := range []struct {
		text, button, want string
		answer             basic.Answer
	}{
		{`((a) and (b) or (c))`, "group 2 3", `((a) and ((b) or (c)))`, basic.Answer{Text: "Conditions 2 and 3 are group 1 now.", Row: 2, Group: 1}},
		{`((a) or (b))`, "group 1 2", `(((a) or (b)))`, basic.Answer{Text: "Conditions 1 and 2 are group 1 now.", Row: 1, Group: 1}},
		{`((a) or ((b) or (c)) and (d))`, "group 2 3 4", `((a) or (((b) or (c)) and (d)))`, basic.Answer{Text: "Conditions 2, 3 and 4 are group 1 now.", Row: 2, Group: 1}},
		{`((a) or (b))`, "group 1", ``, basic.Answer{Text: "Tick two or more conditions first."}},
		{`((a) or (b) or (c))`, "group 1 3", ``, basic.Answer{Text: "Conditions 1 and 3 do not stand beside each other. Move them together, or tick those between them too."}},
		{`((a) or ((b) or (c)))`, "group 2 3", ``, basic.Answer{Text: "Conditions 2 and 3 are a group already."}},
		{`((a) or ((b) or (c)))`, "group 1 2", ``, basic.Answer{Text: "Group 1 can only be taken as a whole: tick all of its conditions, or only some of them and nothing else."}},
		{`((a) or ((a) or ((a) or ((a) or ((a) or (b) or (c))))))`, "group 5 6", ``, basic.Answer{Text: "Groups can stand 4 deep, and these would stand deeper."}},
		{`((a) or ((a) or ((a) or ((a) or ((b) or (c))))))`, "group 1 2 3 4 5 6", ``, basic.Answer{Text: "Groups can stand 4 deep, and these would stand deeper."}},

		{`((a) and ((b) or (c)))`, "ungroup 1", `((a) and (b) or (c))`, basic.Answer{Text: "Group 1 is undone.", Row: 2}},
		{`((a) and (b))`, "ungroup 1", ``, basic.Answer{}},

		{`(((a) or (b) or (c) or (d)))`, "split 1", `(((a) or (b)) or ((c) or (d)))`, basic.Answer{Text: "Group 1 is split before condition 3.", Row: 1, Group: 1}},
		{`(((a) or (b) or (c) or (d)))`, "split 1 2 3", `((a) or ((b) or (c) or (d)))`, basic.Answer{Text: "Group 1 is split before condition 2.", Row: 1}},
		{`((d) and ((a) or (b) or (c)))`, "split 1", `((d) and ((a) or (b)) or (c))`, basic.Answer{Text: "Group 1 is split before condition 4.", Row: 2, Group: 1}},
		{`(((a) and ((b) or (c)) or (d)))`, "split 1 3", `((a) and (((b) or (c)) or (d)))`, basic.Answer{Text: "Group 1 is split before condition 2.", Row: 1}},
		{`((a) and ((b) or (c)))`, "split 1", `((a) and (b) or (c))`, basic.Answer{Text: "Group 1 is split before condition 3.", Row: 2}},

		{`(((a) or (b)) or ((c) or (d)))`, "join 1 4", `(((a) or (b) or (c) or (d)))`, basic.Answer{Text: "They are group 1 now.", Row: 1, Group: 1}},
		{`((e) and ((a) or (b)) or (c))`, "join 3 4", `((e) and ((a) or (b) or (c)))`, basic.Answer{Text: "They are group 1 now.", Row: 2, Group: 1}},
		{`((e) and (((a) or (b)) and ((c) or (d))))`, "join 2 4", `((e) and ((a) or (b) and (c) or (d)))`, basic.Answer{Text: "They are group 1 now.", Row: 2, Group: 1}},
		{`((a) or (b))`, "join 1 2", ``, basic.Answer{Text: "Join merges neighbouring groups: tick a condition in each of them."}},
		{`((e) and ((a) or (b)))`, "join 2 3", ``, basic.Answer{Text: "Join merges neighbouring groups: tick a condition in each of them."}},
		{`((e) and ((a) or (b)))`, "join 2", ``, basic.Answer{Text: "Tick two or more conditions first. Join merges neighbouring groups: tick a condition in each of them."}},
		{`(((a) or (b)) or (e) or ((c) or (d)))`, "join 1 4", ``, basic.Answer{Text: "What is ticked does not stand beside each other. Join merges neighbouring groups: tick a condition in each of them."}},

		{`((a) and (b) or (c))`, "up 2", `((b) and (a) or (c))`, basic.Answer{Text: "Condition 1 is what was condition 2.", Row: 1}},
		{`((a) and (b) or (c))`, "down 2", `((a) and (c) or (b))`, basic.Answer{Text: "Condition 3 is what was condition 2.", Row: 3}},
		{`((a) and (b))`, "up 1", ``, basic.Answer{Text: "Condition 1 is the first.", Row: 1}},
		{`((a) and (b))`, "down 2", ``, basic.Answer{Text: "Condition 2 is the last.", Row: 2}},
		{`((a) and ((b) or (c)) or (d))`, "up 4", `((a) and ((b) or (c) or (d)))`, basic.Answer{Text: "Condition 4 is in the group above now.", Row: 4}},
		{`((a) and ((b) or (c)) or (d))`, "down 1", `(((a) and (b) or (c)) or (d))`, basic.Answer{Text: "Condition 1 is in the group below now.", Row: 1}},
		{`((a) and ((b) or (c) or (d)))`, "up 2", `((a) and (b) or ((c) or (d)))`, basic.Answer{Text: "Condition 2 has left its group.", Row: 2}},
		{`((a) and ((b) or (c) or (d)))`, "down 4", `((a) and ((b) or (c)) or (d))`, basic.Answer{Text: "Condition 4 has left its group.", Row: 4}},
		{`((a) and ((b) or (c)))`, "down 3", `((a) and (b) or (c))`, basic.Answer{Text: "Condition 3 has left its group.", Row: 3}},
		{`((((a) and (b) or (c)) or (d)) and (e))`, "up 1", `(((a) and ((b) or (c)) or (d)) and (e))`, basic.Answer{Text: "Condition 1 has left its group.", Row: 1}},

		{`((a) and ((b) or (c)) or (d))`, "groupup 1", `(((b) or (c)) and (a) or (d))`, basic.Answer{Text: "Group 1 begins with condition 1 now.", Row: 1, Group: 1}},
		{`((a) and ((b) or (c)) or (d))`, "groupdown 1", `((a) and (d) or ((b) or (c)))`, basic.Answer{Text: "Group 1 begins with condition 3 now.", Row: 3, Group: 1}},
		{`(((a) or (b)) and ((c) or (d) or (e)))`, "groupup 2", `(((c) or (d) or (e)) and ((a) or (b)))`, basic.Answer{Text: "Group 1 begins with condition 1 now.", Row: 1, Group: 1}},
		{`((e) or (((a) and (b)) or (c) or (d)))`, "groupup 2", `((e) or ((a) and (b)) or ((c) or (d)))`, basic.Answer{Text: "Group 1 begins with condition 2 now.", Row: 2, Group: 1}},
		{`((e) or ((c) or ((a) and (b))))`, "groupdown 2", `((e) or (c) or ((a) and (b)))`, basic.Answer{Text: "Group 1 begins with condition 3 now.", Row: 3, Group: 1}},
		{`(((a) or (b)) and (c))`, "groupup 1", ``, basic.Answer{Text: "Group 1 is the first.", Row: 1, Group: 1}},

		{`((a) and ((b) or (c)) or (d))`, "remove 2", `((a) and (c) or (d))`, basic.Answer{Text: "Condition 2 is removed.", Row: 2}},
		{`((a) and ((b) or (c) or (e)) or (d))`, "remove 2", `((a) and ((c) or (e)) or (d))`, basic.Answer{Text: "Condition 2 is removed.", Row: 2}},
		{`((a) and (b) or (c))`, "remove 3", `((a) and (b))`, basic.Answer{Text: "Condition 3 is removed.", Row: 2}},
		{`((a) and (b))`, "remove 3", ``, basic.Answer{}},
	} {
		edited, why := read(t, spelledOut(c.text))
		if why != "" {
			t.Errorf("%s: %s", c.text, why)
			continue
		}
		answer := press(&edited, c.button)
		want := c.want
		if want == "" {
			want = c.text
		}
		if got := edited.String(); got != spelledOut(want) {
			t.Errorf("%s on %s\n got %s\nwant %s", c.button, c.text, got, spelledOut(want))
		}
		if diff := cmp.Diff(c.answer, answer); diff != "" {
			t.Errorf("%s on %s answers %s", c.button, c.text, diff)
		}
	}
}

func TestItems(t *testing.T) {
	c, _ := read(t, spelledOut(`(((a) or ((b) and (c))) and (d))`))
	for group, want := range map[int][]basic.Item{0: {{1, 1}, {4, 0}}, 1: {{1, 0}, {2, 2}}, 2: {{2, 0}, {3, 0}}} {
		if diff := cmp.Diff(want, c.Items(group)); diff != "" {
			t.Errorf("group %d: %s", group, diff)
		}
	}
}

// TestSettleDropsWhatIsNoGroup gives it what a form may say.
func TestSettleDropsWhatIsNoGroup(t *testing.T) {
	c := basic.Conditions{Rows: make([]basic.Row, 6)}
	c.Rows[0].Join, c.Rows[1].Join, c.Rows[2].Join = "and", "xor", "and"
	c.Groups = []basic.Group{{3, 1}, {-1, 2}, {0, 6}, {2, 2}, {1, 2}, {2, 4}, {1, 2}, {0, 2}, {0, 5}, {0, 4}, {0, 3}, {0, 1}}
	c.Settle()
	if diff := cmp.Diff([]basic.Group{{0, 5}, {0, 4}, {0, 3}, {0, 2}}, c.Groups); diff != "" {
		t.Error(diff)
	}
	if joins := []string{c.Rows[0].Join, c.Rows[1].Join, c.Rows[2].Join}; !cmp.Equal(joins, []string{"", "or", "and"}) {
		t.Error(joins)
	}
}
