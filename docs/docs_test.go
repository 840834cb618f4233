package docs

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/slogkit-go/slogkit/"

// imported are the packages that programs in the documentation use, by the names they have there.
var imported = map[string]string{
	"context": "", "errors": "", "expvar": "", "filepath": "path/filepath", "flag": "", "fmt": "", "http": "net/http", "log": "", "net": "",
	"os": "", "signal": "os/signal", "slog": "log/slog", "strings": "", "syscall": "", "time": "", "tls": "crypto/tls",
	"zap": "go.uber.org/zap", "zapcore": "go.uber.org/zap/zapcore", "lumberjack": "gopkg.in/natefinch/lumberjack.v2",

	"slogx": module + "slogx", "rotate": module + "rotate", "syslogx": module + "syslogx", "socketx": module + "socketx",
	"httpx": module + "httpx", "smtpx": module + "smtpx", "eventlogx": module + "eventlogx", "memory": module + "memory",
	"queue": module + "queue", "factory": module + "factory", "expslog": module + "slogx/expslog",
	"zmqqueue": module + "queue/zmqqueue", "zstd": module + "rotate/zstd",
}

// around is what fragments of programs find around them.
const around = `
var (
	ctx     context.Context
	err     error
	logger  *slog.Logger
	file    slog.Handler
	handler *rotate.Handler
	request *http.Request
)

func serve(context.Context, *slog.Logger) error { return nil }
func requestAttrs(context.Context) []slog.Attr  { return nil }
`

// documents are the names of all files that may show programs or name what is in packages.
func documents(t *testing.T) []string {
	names, err := filepath.Glob("*.md")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return append(names, "../README.md")
}

// TestPrograms: what is shown between ```go and ``` compiles, a program as it is, a fragment as statements.
func TestPrograms(t *testing.T) {
	checker := newChecker(t)
	seen := 0
	for _, name := range documents(t) {
		for line, code := range blocks(t, name) {
			seen++
			for _, err := range checker.check(code) {
				t.Errorf("%s: block at line %d: %v", name, line, err)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d were found", seen)
	}
}

// blocks returns the Go in a document, by the line it begins at.
func blocks(t *testing.T, name string) map[int]string {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	start := 0
	var code strings.Builder
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case start == 0 && strings.TrimSpace(line) == "```go":
			start = i + 1
			code.Reset()
		case start > 0 && strings.TrimSpace(line) == "```":
			found[start] = code.String()
			start = 0
		case start > 0:
			code.WriteString(line + "\n")
		}
	}
	if start > 0 {
		t.Errorf("%s: the block at line %d has no end", name, start)
	}
	return found
}

// TestNames: what is named like slogx.Shutdown or Options.MaxBytes of a package exists.
func TestNames(t *testing.T) {
	checker := newChecker(t)
	block := regexp.MustCompile("(?ms)^```.*?^```$")
	code := regexp.MustCompile("`[^`\n]+`")
	qualified := regexp.MustCompile(`(?:^|[^\w.])([a-z]+)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)
	known := 0
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, span := range code.FindAllString(block.ReplaceAllString(string(text), ""), -1) {
			for _, m := range qualified.FindAllStringSubmatch(span, -1) {
				pkg := checker.packageNamed(m[1])
				if pkg == nil {
					continue
				}
				known++
				object := pkg.Scope().Lookup(m[2])
				switch {
				case object == nil:
					t.Errorf("%s: there is no %s.%s", name, m[1], m[2])
				case m[3] != "":
					if member, _, _ := types.LookupFieldOrMethod(object.Type(), true, pkg, m[3]); member == nil {
						t.Errorf("%s: there is no %s", name, m[0])
					}
				}
			}
		}
	}
	if known < 200 {
		t.Errorf("only %d were found", known)
	}
}

// checker compiles with what go list has compiled.
type checker struct {
	fset     *token.FileSet
	exports  map[string]string // files with the exported names of a package
	importer types.Importer
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	if out, err := exec.Command("go", "env", "GOWORK").Output(); err != nil || len(bytes.TrimSpace(out)) < len("/go.work") {
		t.Skip("needs the workspace")
	}
	args := []string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for name, importPath := range imported {
		if importPath == "" {
			importPath = name
		}
		args = append(args, importPath)
	}
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if stderr.Len() > 0 {
		t.Log(&stderr) // of packages that do not compile
	}
	c := &checker{fset: token.NewFileSet(), exports: map[string]string{}}
	for line := range strings.Lines(string(out)) {
		importPath, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		c.exports[importPath] = file
	}
	c.importer = importer.ForCompiler(c.fset, "gc", func(importPath string) (io.ReadCloser, error) {
		if c.exports[importPath] == "" {
			return nil, fmt.Errorf("no package %s", importPath)
		}
		return os.Open(c.exports[importPath])
	})
	return c
}

// packageNamed returns the package of that name, nil if there is none.
func (c *checker) packageNamed(name string) *types.Package {
	importPath, ok := imported[name]
	if !ok {
		return nil
	}
	if importPath == "" {
		importPath = name
	}
	pkg, err := c.importer.Import(importPath)
	if err != nil {
		return nil
	}
	return pkg
}

// check returns what is wrong with code. Variables and packages that are not used are fine in a fragment.
func (c *checker) check(code string) []error {
	if !strings.HasPrefix(code, "package ") {
		code = "package fragment\n" + imports(code+around) + around + "func _() {\n" + code + "}\n"
	}
	f, err := parser.ParseFile(c.fset, "block", code, 0)
	if err != nil {
		return []error{err}
	}
	var errs []error
	config := types.Config{Importer: c.importer, Error: func(err error) {
		if e, ok := err.(types.Error); !ok || !e.Soft { //nolint:errorlint // it is not wrapped
			errs = append(errs, err)
		}
	}}
	_, _ = config.Check("block", c.fset, []*ast.File{f}, nil) // Error has seen it
	return errs
}

// imports are those that code needs.
func imports(code string) string {
	var b strings.Builder
	for name, importPath := range imported {
		if !regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(code) {
			continue
		}
		if importPath == "" {
			importPath = name
		}
		fmt.Fprintf(&b, "import %s %q\n", name, importPath)
	}
	return b.String()
}

// TestExamples: every constructor of a handler, or its twin, is in an example of its package.
func TestExamples(t *testing.T) {
	for _, dir := range []string{
		"slogx", "rotate", "syslogx", "socketx", "httpx", "smtpx", "eventlogx", "memory", "queue", "queue/zmqqueue", "factory",
	} {
		calls := map[string]bool{}
		examples, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range examples {
			f := parse(t, name)
			if !strings.HasSuffix(f.Name.Name, "_test") {
				continue
			}
			for _, decl := range f.Decls {
				if example, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(example.Name.Name, "Example") {
					ast.Inspect(example, func(n ast.Node) bool {
						if s, ok := n.(*ast.SelectorExpr); ok {
							if x, ok := s.X.(*ast.Ident); ok && x.Name == path.Base(dir) {
								calls[s.Sel.Name] = true
							}
						}
						return true
					})
				}
			}
		}
		for _, name := range constructors(t, filepath.Join("..", dir)) {
			if !calls[name] && !calls[twin(name)] {
				t.Errorf("%s: no example has %s", dir, name)
			}
		}
	}
}

// twin returns the constructor that differs only in when it does its I/O: OpenPull is that of NewPull, Open of NewHandler.
func twin(name string) string {
	switch kind, opens := strings.CutPrefix(name, "Open"); {
	case opens && kind == "":
		return "NewHandler"
	case opens:
		return "New" + kind
	case name == "NewHandler":
		return "Open"
	}
	return "Open" + strings.TrimPrefix(name, "New")
}

// constructors returns the functions of a package that make what has a method Handle, Enqueue or Write.
func constructors(t *testing.T, dir string) []string {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]string{} // by function
	handlers := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, decl := range parse(t, name).Decls {
			f, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok || !f.Name.IsExported():
			case f.Recv != nil:
				if slices.Contains([]string{"Handle", "Enqueue", "Write"}, f.Name.Name) {
					handlers[pointedTo(f.Recv.List[0].Type)] = true
				}
			case f.Type.Results != nil:
				made[f.Name.Name] = pointedTo(f.Type.Results.List[0].Type)
			}
		}
	}
	var found []string
	for function, what := range made {
		if what != "Emitter" && handlers[what] { // for who writes handlers
			found = append(found, function)
		}
	}
	slices.Sort(found)
	if len(found) == 0 {
		t.Errorf("%s has no constructor", dir)
	}
	return found
}

// pointedTo returns T if the type is *T.
func pointedTo(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		if ident, ok := star.X.(*ast.Ident); ok {
			return ident.Name
		}
	}
	return ""
}

func parse(t *testing.T, name string) *ast.File {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
