package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// documented gives the cells of the rows of a file's tables that begin with flags, by flag.
func documented(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		for _, flag := range regexp.MustCompile("`--([a-z-]+)`").FindAllStringSubmatch(cells[0], -1) {
			if strings.HasPrefix(line, "| `--") {
				rows[flag[1]] = cells
			}
		}
	}
	return rows
}

func TestTheReadmeKnowsEveryFlag(t *testing.T) {
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	readme, ofSite := documented(t, "../../README.md"), documented(t, "../../docs/real-site.md")
	flags := map[string]bool{}
	for _, node := range parser.Model.Children {
		if node.Name == "serve" {
			for _, flag := range node.Flags {
				flags[flag.Name] = true
				told(t, flag, readme, ofSite)
			}
		}
	}
	if len(flags) == 0 {
		t.Fatal("serve has no flags")
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(readme)), slices.Collect(maps.Keys(ofSite))) {
		if !flags[name] {
			t.Errorf("there is no --%s", name)
		}
	}
}

// told demands a flag with its variable and its default; those of the site stand with the site.
func told(t *testing.T, flag *kong.Flag, readme, ofSite map[string][]string) {
	t.Helper()
	if ofSite[flag.Name] != nil {
		return
	}
	cells := readme[flag.Name]
	if cells == nil {
		t.Errorf("--%s is told nowhere", flag.Name)
		return
	}
	for _, env := range flag.Envs {
		if !strings.Contains(cells[1], env) {
			t.Errorf("--%s: %s is not told in %q", flag.Name, env, cells[1])
		}
	}
	if !strings.Contains(cells[2], flag.Default) {
		t.Errorf("--%s: the default %s is not told in %q", flag.Name, flag.Default, cells[2])
	}
}
