package config

import (
	"math"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/routedrill/routedrill/router"
)

const maxBudgetName = 64

// budgets reads the budgets. That what they name exists is checked by router.New,
// since a drill brings providers of its own.
func (d *decoder) budgets(n ast.Node, path string, f *File) {
	d.each(n, path, func(name string, at, value ast.Node) {
		if !validName(name, maxBudgetName) {
			d.fail(at, path, "", "a budget's name must have 1 to %d printable characters without blanks, and not look like a key", maxBudgetName)
			return
		}
		b := router.Budget{Name: name}
		limit := 0.0
		before := len(d.errs)
		d.mapping(value, join(path, name),
			field{"limit", d.ratio(&limit, router.MaxBudget/1e6, false)},
			field{"per", d.word(&b.Per, router.BudgetPeriods()...)},
			field{"provider", d.text(&b.Provider)},
			field{"model", d.text(&b.Model)},
			field{"route", d.text(&b.Route)},
			field{"task", d.text(&b.Task)},
			field{"tenant", d.text(&b.Tenant)},
			field{"soft", d.ratio(&b.Soft, 1, false)},
			field{"degrade", d.ratio(&b.Degrade, 1, false)},
		)
		if b.LimitMicroUSD = int64(math.Floor(limit * 1e6)); len(d.errs) == before && (b.LimitMicroUSD == 0 || b.Per == "") {
			d.fail(value, join(path, name), "such as {limit: 50, per: day}", "limit (USD, at least a millionth) and per are both needed")
		}
		if i := slices.IndexFunc(f.Budgets, func(o router.Budget) bool { return o.Name == name }); i >= 0 {
			f.Budgets[i] = b
			return
		}
		f.Budgets = append(f.Budgets, b)
	})
}

// validName reports whether a text can name something in logs and answers.
func validName(s string, longest int) bool {
	for _, c := range s {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != "" && len(s) <= longest && !secretName(s)
}
