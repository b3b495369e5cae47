package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A `$1` in a query would be bound in order of appearance by SQLite's driver, and by number by PostgreSQL: silently
// something else.
func TestQueriesHoldQuestionMarksOnly(t *testing.T) {
	t.Parallel()
	numbered := regexp.MustCompile(`[$?]\d`)
	texts := 0
	for _, file := range must(filepath.Glob("*.go"))(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed := must(parser.ParseFile(token.NewFileSet(), file, nil, 0))(t)
		ast.Inspect(parsed, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			texts++
			if text, _ := strconv.Unquote(lit.Value); numbered.MatchString(text) {
				t.Errorf("%s: numbered parameter in %s", file, lit.Value)
			}
			return true
		})
	}
	if texts < 100 {
		t.Errorf("only %d texts were looked at", texts)
	}
}

// Each dialect has the same migrations: same numbers, same names, without gaps.
func TestDialectsHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "migrations")
	var names []string
	for _, dialect := range must(os.ReadDir(root))(t) {
		if !dialect.IsDir() {
			continue
		}
		files := must(fs.Glob(os.DirFS(filepath.Join(root, dialect.Name())), "*.sql"))(t)
		for i, file := range files {
			if number, err := strconv.Atoi(file[:4]); err != nil || number != i+1 || file[4] != '_' {
				t.Errorf("%s/%s is not number %d", dialect.Name(), file, i+1)
			}
		}
		if names == nil {
			names = files
		}
		if !cmp.Equal(names, files) {
			t.Errorf("%s: %s", dialect.Name(), cmp.Diff(names, files))
		}
	}
	if len(names) == 0 {
		t.Error("no migrations were found")
	}
}
