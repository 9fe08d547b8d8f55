package config

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/incident"
)

// The bounds of what is said of incidents.
const (
	maxWindows = 100
	maxWindow  = 31 * 24 * time.Hour
	maxShown   = 200 // bytes of a text that clients are shown
)

// Incidents is how the file has incidents told.
type Incidents struct {
	Templates   string // folder of LANGUAGE.tmpl; relative to where the process runs; "" when not given
	Language    string // "" when not given
	Names       incident.Names
	Maintenance []Maintenance // in the file's order
}

// Maintenance is a window that the file announces.
type Maintenance struct {
	Name string
	incident.Window
}

// incidents reads how incidents are told.
func (d *decoder) incidents(n ast.Node, path string, f *File) {
	i := &f.Incidents
	d.mapping(n, path,
		field{"templates", d.text(&i.Templates)},
		field{"language", d.language(f)},
		field{"names", func(n ast.Node, path string) {
			d.mapping(n, path,
				field{"providers", d.shownAs(&i.Names.Providers, "provider", f.providerNames)},
				field{"routes", d.shownAs(&i.Names.Routes, "route", f.routeNames)},
				field{"tasks", d.shownAs(&i.Names.Tasks, "task", func() []string { return nil })},
			)
		}},
		field{"maintenance", func(n ast.Node, path string) { d.windows(n, path, f) }},
	)
}

// language reads one that there are words for; which the templates bring, only who
// reads them knows.
func (d *decoder) language(f *File) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return patternForm(`^[a-z]{2,3}$`, "en", "id") }) {
			return
		}
		d.text(&f.Incidents.Language)(n, path)
		d.after = append(d.after, func() {
			if l, known := f.Incidents.Language, incident.Languages(); f.Incidents.Templates == "" && !slices.Contains(known, l) {
				d.fail(n, path, "or name a folder that has them as templates", "there are no words for %s, but for %s", shown(l, maxPlain), strings.Join(known, ", "))
			}
		})
	}
}

// shownAs reads what clients are shown in place of some names, which the file is to
// have.
func (d *decoder) shownAs(dst *map[string]string, what string, names func() []string) reader {
	return func(n ast.Node, path string) {
		*dst = map[string]string{}
		d.each(n, path, func(name string, at, value ast.Node) {
			d.after = append(d.after, func() {
				if all := names(); len(all) > 0 && !slices.Contains(all, name) {
					d.fail(at, join(path, name), didYouMean(name, all), "there is no %s %q", what, name)
				}
			})
			var text string
			d.shownText(&text)(value, join(path, name))
			(*dst)[name] = text
		})
	}
}

// shownText reads a short text of one line.
func (d *decoder) shownText(dst *string) reader {
	read := d.text(dst)
	return func(n ast.Node, path string) {
		if read(n, path); len(*dst) > maxShown || strings.ContainsAny(*dst, "\n\r") {
			d.fail(n, path, "", "a text that clients are shown has one line of at most %d bytes", maxShown)
		}
	}
}

// windows reads the maintenance that is announced.
func (d *decoder) windows(n ast.Node, path string, f *File) {
	before := len(f.Incidents.Maintenance)
	d.each(n, path, func(name string, at, value ast.Node) {
		if !validName(name, maxBudgetName) {
			d.fail(at, path, "", "a window's name must have 1 to %d printable characters without blanks, and not look like a key", maxBudgetName)
			return
		}
		w := Maintenance{Name: name}
		here, errs := join(path, name), len(d.errs)
		d.mapping(value, here,
			field{"from", d.instant(&w.From)},
			field{"to", d.instant(&w.To)},
			field{"targets", d.maintained(&w.Targets, f)},
			field{"text", d.shownText(&w.Text)},
		)
		needs(value, "from", "to")
		switch {
		case len(d.errs) > errs:
		case w.From.IsZero() || w.To.IsZero():
			d.fail(value, here, "such as {from: 2026-12-01T22:00:00Z, to: 2026-12-02T02:00:00Z}", "from and to are both needed")
		case !w.From.Before(w.To):
			d.fail(value, here, "", "to is not after from")
		case w.To.Sub(w.From) > maxWindow:
			d.fail(value, here, "", "it is longer than %d days", maxWindow/(24*time.Hour))
		}
		if i := slices.IndexFunc(f.Incidents.Maintenance, func(o Maintenance) bool { return o.Name == name }); i >= 0 {
			f.Incidents.Maintenance[i] = w
			return
		}
		f.Incidents.Maintenance = append(slices.Clip(f.Incidents.Maintenance), w)
	})
	if len(f.Incidents.Maintenance) > max(maxWindows, before) {
		d.fail(n, path, "remove those that are over", "there are more than %d windows", maxWindows)
	}
}

// instant reads a date and time with its zone.
func (d *decoder) instant(dst *time.Time) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema {
			return patternForm(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$`, "2026-12-01T22:00:00Z")
		}) {
			return
		}
		s, _ := d.scalar(n)
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			d.fail(n, path, "such as 2026-12-01T22:00:00Z or 2026-12-02T05:00:00+07:00", "%s is not a time with its zone", shown(s, maxPlain))
			return
		}
		*dst = t
	}
}

// maintained reads a list of providers and targets, which the file is to have.
func (d *decoder) maintained(dst *[]string, f *File) reader {
	read := d.names(dst, "targets", func(s string) bool { return s != "" && len(s) <= maxTarget })
	return func(n ast.Node, path string) {
		read(n, path)
		d.after = append(d.after, func() {
			known := unique(slices.Concat(f.providerNames(), f.targets()))
			for _, p := range f.Providers {
				for _, m := range p.Models {
					known = append(known, p.Name+"/"+m.Name)
				}
			}
			for _, t := range *dst {
				if len(known) > 0 && !slices.Contains(known, t) {
					d.fail(n, path, didYouMean(t, known), "there is no provider or target %s", shown(t, maxTarget))
				}
			}
		})
	}
}

// IncidentConfig is what the tracker of incidents goes by, for a router of this
// config. The templates are what Incidents.Templates names, opened; nil is none.
func (f *File) IncidentConfig(c *router.Config, templates fs.FS) incident.Config {
	out := incident.Config{Routes: incident.RoutesOf(c), Names: f.Incidents.Names, Language: f.Incidents.Language, Templates: templates}
	for _, m := range f.Incidents.Maintenance {
		out.Maintenance = append(out.Maintenance, m.Window)
	}
	return out
}

// CheckIncidents returns what is wrong with the templates; nil where nothing is.
func (f *File) CheckIncidents(templates fs.FS) error {
	if _, err := incident.New(f.IncidentConfig(&router.Config{}, templates)); err != nil {
		return &Error{File: f.Name, Line: f.lineOf("incidents.templates", "incidents.language", "incidents"), Field: "incidents", Message: err.Error()}
	}
	return nil
}

// incidentWords wants users to be told in words that are theirs, or at least with the
// names that they know.
func (f *File) incidentWords() Check {
	const item = "incident templates"
	switch i := &f.Incidents; {
	case i.Templates != "":
		return passed(item, "of your own: %s", i.Templates)
	case len(i.Names.Providers)+len(i.Names.Routes)+len(i.Names.Tasks) > 0:
		return passed(item, "those shipped (%s), with names of yours", strings.Join(incident.Languages(), ", "))
	}
	return notApplicable(item, "the words shipped ("+strings.Join(incident.Languages(), ", ")+"), with the names of this file: where users do not know those, incidents.names has others")
}
