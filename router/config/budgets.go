package config

import (
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/routedrill/routedrill/router"
)

const maxBudgetName = 64

// budgets reads the budgets. What they name is checked once the whole file is read.
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
			field{"provider", d.known(f, &b.Provider, "provider", f.providerNames)},
			field{"model", d.known(f, &b.Model, "model", func() []string { return f.modelNames(b.Provider) })},
			field{"route", d.known(f, &b.Route, "route", f.routeNames)},
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

// known reads the name of something that the file is to have. That is checked once
// all of it is read. A file that says of no provider where it is, or has no routes, is
// completed by a drill's world, which may have what it names.
func (d *decoder) known(f *File, dst *string, what string, names func() []string) reader {
	read := d.text(dst)
	return func(n ast.Node, path string) {
		read(n, path)
		d.after = append(d.after, func() {
			if all := names(); *dst != "" && len(f.Routes) > 0 && slices.ContainsFunc(f.Providers, located) && !slices.Contains(all, *dst) {
				d.fail(n, path, didYouMean(*dst, all), "there is no %s %q", what, *dst)
			}
		})
	}
}

func located(p Provider) bool { return p.BaseURL != "" }

// providerNames are the providers of the file, and those that its routes name.
func (f *File) providerNames() (names []string) {
	for _, p := range f.Providers {
		names = append(names, p.Name)
	}
	for _, target := range f.targets() {
		name, _, _ := strings.Cut(target, "/")
		names = append(names, name)
	}
	return unique(names)
}

// modelNames are the models of a provider, or of all for "", that the file lists or
// its routes name.
func (f *File) modelNames(of string) (names []string) {
	for _, p := range f.Providers {
		for _, m := range p.Models {
			if of == "" || of == p.Name {
				names = append(names, m.Name)
			}
		}
	}
	for _, target := range f.targets() {
		if provider, model, _ := strings.Cut(target, "/"); of == "" || of == provider {
			names = append(names, model)
		}
	}
	return unique(names)
}

func (f *File) routeNames() (names []string) {
	for _, r := range f.Routes {
		names = append(names, r.Name)
	}
	return names
}

// targets are those of all routes, shadows among them.
func (f *File) targets() (all []string) {
	for _, r := range f.Routes {
		all = append(all, r.Targets...)
		if r.Shadow != nil {
			all = append(all, r.Shadow.Target)
		}
	}
	return all
}

// unique leaves out what stands before.
func unique(names []string) (out []string) {
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
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
