package incident

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"
)

// English is the language of those who say nothing.
const English = "en"

// The bounds of templates.
const (
	MaxLanguages     = 32
	MaxTemplateBytes = 64 << 10 // of a file
)

//go:embed templates/*.tmpl
var shipped embed.FS

// words are the templates by language.
type words map[string]*template.Template

// The templates that a file may define; what it leaves out is the shipped one of its
// language, or else the English one.
const (
	bannerWords     = "banner"      // of a Status
	noteWords       = "note"        // of a Public
	postMortemWords = "post-mortem" // of a Draft

	maintenanceWords = "maintenance" // of a Planned
)

var helpers = template.FuncMap{
	"time": clock, "hour": hour, "day": day, "span": length, "list": list, "codes": codes, "n": number, "share": share, "usd": usd,
	"code": code, "cell": cell, "neg": func(n int64) int64 { return -n },
}

// readWords reads what is shipped, and what is given over it. All of it is tried.
func readWords(own fs.FS) (words, error) {
	w := words{}
	files, err := fs.Sub(shipped, "templates")
	if err == nil {
		err = w.read(files)
	}
	if err == nil && own != nil {
		err = w.read(own)
	}
	if err != nil {
		return nil, fmt.Errorf("incident: templates: %w", err)
	}
	return w, nil
}

func (w words) read(from fs.FS) error {
	names, err := fs.Glob(from, "*.tmpl")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no file LANGUAGE.tmpl, such as en.tmpl")
	}
	for _, name := range names { // in alphabetical order: English is before any that may lack something, or there already
		language := strings.TrimSuffix(name, ".tmpl")
		if !fitLanguage(language) {
			return fmt.Errorf("%s: a file is named after its language, two or three small letters, such as id.tmpl", name)
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if len(data) > MaxTemplateBytes {
			return fmt.Errorf("%s is above %d bytes", name, MaxTemplateBytes)
		}
		base := template.New(name).Funcs(helpers)
		switch known, english := w[language], w[English]; {
		case known != nil:
			base = template.Must(known.Clone()).New(name) // never executed: can be cloned
		case english != nil:
			base = template.Must(english.Clone()).New(name)
		}
		t, err := base.Parse(string(data))
		if err != nil {
			return err
		}
		if err := try(t); err != nil {
			return err
		}
		if w[language] = t; len(w) > MaxLanguages {
			return fmt.Errorf("there are more than %d languages", MaxLanguages)
		}
	}
	return nil
}

func fitLanguage(s string) bool {
	return (len(s) == 2 || len(s) == 3) && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// Languages are those that there are words for in any case, in alphabetical order.
func Languages() []string { return []string{English, "id"} }

func (w words) languages() []string { return slices.Sorted(maps.Keys(w)) }

// try executes a clone of all templates once in each phase.
func try(t *template.Template) error {
	t, err := t.Clone()
	if err != nil {
		return err
	}
	at := time.Unix(0, 0)
	for _, phase := range []Phase{Investigating, Mitigated, Monitoring, Resolved} {
		for _, full := range []bool{false, true} {
			i := Incident{Phase: phase, Full: full, WasFull: full, Kind: KindOutage, Provider: "p", Maintenance: full, Started: at, Detected: at, Routes: []string{"r"}, Tasks: []string{"t"}, Choices: []Route{{"r", []string{"p/m"}}, {"s", []string{"p/m", "q/m"}}}, Targets: []string{"p/m"}}
			for _, what := range []string{BreakerOpened, BreakerClosed, AlertRaised, AlertCleared, RouteOut, RouteBack, FirstHelp, CameBack} {
				i.Events = append(i.Events, Event{at, what, "p/m chat", "server_error"})
			}
			if phase != Investigating {
				i.Mitigated, i.Ended, i.Counts = &at, &at, Counts{Requests: 2, Elsewhere: 1, Failed: 1, FailedAttempts: 1, Reasons: map[string]int{"r": 1}}
			}
			p := public(&i, &Names{})
			planned := Planned{From: at, To: at, Now: full, Services: []string{"p"}, Text: "t"}
			draft := NewDraft([]Incident{i, i}, &Drill{
				Policy: "p", Faults: []Fault{{}}, Under: []Under{{Policy: "p", Requests: 2, Answered: 1}, {Policy: NoFailover, Requests: 2}},
			})
			for name, data := range map[string]any{
				bannerWords: &Status{State: Partial, Incidents: []Public{p}, Maintenance: []Planned{planned}}, maintenanceWords: &planned, noteWords: &p, postMortemWords: draft,
			} {
				if _, err := say(t, name, data); err != nil {
					return err
				}
			}
			for _, i.Kind = range []Kind{KindSlow, KindSpend} {
				if _, err := say(t, postMortemWords, NewDraft([]Incident{i}, nil)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func say(t *template.Template, name string, data any) (string, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func list(words []string) string { return strings.Join(words, ", ") }

// codes is list of what is code.
func codes(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = code(w)
	}
	return list(out)
}

// code is text as code in Markdown, also within a table.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", "¦", "\n", " ", "\r", " ").Replace(s) + "`"
}

// cell is text that is no Markdown.
func cell(s string) string {
	var b strings.Builder
	for _, r := range strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s) {
		if strings.ContainsRune("\\`*_{}[]<>()#+-.!|&~", r) && r != '-' && r != '.' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
