package relay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proof is a row of TESTS.md: id, test, package, tier.
var proof = regexp.MustCompile("(?m)^\\| T\\d+ \\| `(\\w+)` \\| `([\\w/]+)` \\| (\\w) \\|")

// TestProofsAreThere holds TESTS.md to the code.
func TestProofsAreThere(t *testing.T) {
	text, err := os.ReadFile("TESTS.md")
	must(t, err)
	rows := proof.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "\n| T"); len(rows) != n || n == 0 {
		t.Errorf("%d of %d rows can be read", len(rows), n)
	}
	tiers := map[string]map[string]string{}
	for _, row := range rows {
		name, room, tier := row[1], row[2], row[3]
		if tiers[room] == nil {
			tiers[room] = tiersOf(t, filepath.Join("..", filepath.FromSlash(room)))
		}
		if got := tiers[room][name]; got != tier {
			t.Errorf("%s in %s is said to be of tier %s, and is %q", name, room, tier, got)
		}
	}
}

// tiersOf reads a folder's tests: those that call require.Nightly are N.
func tiersOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	must(t, err)
	tiers := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				tiers[f.Name.Name] = tierOf(f)
			}
		}
	}
	return tiers
}

func tierOf(f *ast.FuncDecl) string {
	tier := "P"
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		if ok && call.Sel.Name == "Nightly" {
			tier = "N"
		}
		return true
	})
	return tier
}
