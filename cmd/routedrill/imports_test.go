package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/routedrill/routedrill"

// importRule says what packages under From may not depend on, even through
// others, and why. Except lists packages of From that are free to.
type importRule struct {
	from   string   // folder of the module; "" is all of it
	bans   []string // folders of the module, with what is below them, or other packages by their import path
	except []string
	direct bool // only the package's own imports count
	reason string
}

var importRules = []importRule{
	{
		from: "router", bans: []string{"sim", "fakeproviders", "scenarios", "report", "cmd"},
		reason: "the router is a library usable alone, and what is drilled is what ships",
	},
	{
		from: "fakeproviders", bans: []string{"router", "sim", "scenarios", "report", "cmd"},
		reason: "the contract between router and provider is HTTP bytes, so that one misreading cannot hide on both sides",
	},
	{
		from: "scenarios", bans: []string{"router", "fakeproviders", "sim", "report", "cmd"},
		reason: "the scenario language is a leaf: its vocabulary is passed in",
	},
	{
		from: "sim/record", bans: []string{"router", "fakeproviders", "scenarios", "report", "cmd"},
		reason: "the logs are a leaf that checkers and reports share",
	},
	{
		from: "router/llm", bans: []string{"router/wire", "router/config", "router/audit"},
		reason: "the normal form is a leaf",
	},
	{
		from: "report", bans: []string{"router", "fakeproviders", "scenarios", "sim/load", "sim/check", "sim/internal", "cmd"},
		reason: "a report is computed from the records alone, so that a stored run can be rendered again",
	},
	{
		from: "sim/check", bans: []string{"router", "fakeproviders", "scenarios", "report", "sim/load", "sim/internal"},
		reason: "the checkers know the records and nothing of what wrote them",
	},
	{
		from: "sim/internal/client", bans: []string{"router", "fakeproviders/wire"},
		reason: "the client reads answers with its own eyes",
	},
	{
		from: "", bans: []string{"github.com/goccy/go-yaml"}, direct: true,
		except: []string{"scenarios", "router/config"},
		reason: "YAML is read in two places only",
	},
	{
		from: "", bans: []string{"github.com/tsenart/vegeta/v12/lib"}, direct: true, except: []string{"sim/load"},
		reason: "the load generator stands behind sim/load",
	},
	{
		from: "", bans: []string{"gonum.org/v1/gonum/stat"}, direct: true, except: []string{"report/stats"},
		reason: "statistics, with their guards, stand behind report/stats",
	},
	{
		from: "", bans: []string{"os", "os/exec"}, direct: true, except: []string{"cmd"},
		reason: "files, environment and exit belong to cmd; everything else is given what it needs",
	},
	{
		from: "", bans: []string{"testing", "testing/synctest"}, direct: true, except: []string{"sim/internal/bubble", "router/queue/storetest"},
		reason: "there is one way into virtual time; a suite of tests for others to run is in no program",
	},
	{
		from: "", bans: []string{"math/rand", "crypto/rand"}, direct: true, except: []string{"router/front"},
		reason: "draws are keyed, or equal inputs would not give equal bytes; API keys alone must not be foreseeable",
	},
}

// TestImportDirection keeps the architecture. Only non-test imports count.
func TestImportDirection(t *testing.T) {
	imports := listImports(t)
	for _, rule := range importRules {
		for _, ban := range rule.bans {
			if own(ban) {
				require.True(t, slices.ContainsFunc(keys(imports), func(p string) bool { return under(p, ban) }),
					"the rule forbids %s, which does not exist (any more)", ban)
			}
		}
		for pkg := range imports {
			if !under(pkg, rule.from) || slices.ContainsFunc(rule.except, func(e string) bool { return under(pkg, e) }) {
				continue
			}
			for path := range reach(imports, pkg, rule.direct) {
				for _, ban := range rule.bans {
					if path == ban || own(ban) && under(path, ban) {
						require.False(t, true, "%s depends on %s: %s", pkg, path, rule.reason)
					}
				}
			}
		}
	}
}

// listImports returns the imports of every package of the module, by the
// package's folder for our own and by import path for others.
func listImports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for i, w := range words {
			words[i] = strings.TrimPrefix(w, module+"/")
		}
		imports[words[0]] = words[1:]
	}
	require.Greater(t, len(imports), 10)
	return imports
}

// reach is what pkg imports, itself or through packages of the module.
func reach(imports map[string][]string, pkg string, direct bool) map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(p string) {
		for _, q := range imports[p] {
			if !seen[q] {
				seen[q] = true
				if !direct {
					visit(q)
				}
			}
		}
	}
	visit(pkg)
	return seen
}

func under(path, folder string) bool {
	return folder == "" || path == folder || strings.HasPrefix(path, folder+"/")
}

// own says whether path is a folder of the module.
func own(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains([]string{"sim", "fakeproviders", "scenarios", "router", "report", "cmd"}, first)
}

func keys(m map[string][]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}
