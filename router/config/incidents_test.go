package config_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/incident"
)

func TestIncidents(t *testing.T) {
	f := full(t)
	require.Equal(t, "words", f.Incidents.Templates)
	c := f.IncidentConfig(&router.Config{Routes: []router.Route{{Name: "smart", Targets: []string{"a/m"}}}}, nil)
	from := time.Date(2026, 12, 1, 22, 0, 0, 0, time.UTC)
	require.Len(t, c.Maintenance, 1)
	require.Equal(t, from, c.Maintenance[0].From)
	require.Equal(t, from.Add(4*time.Hour), c.Maintenance[0].To.UTC())
	require.Equal(t, []string{"openai-us", "local/llama"}, c.Maintenance[0].Targets)
	require.Equal(t, "We move.", c.Maintenance[0].Text)
	require.Equal(t, incident.Names{
		Providers: map[string]string{"openai-us": "AI service A"}, Routes: map[string]string{"smart": "Chat"}, Tasks: map[string]string{"support-chat": "Support"},
	}, c.Names)
	require.Equal(t, []incident.Route{{Name: "smart", Targets: []string{"a/m"}}}, c.Routes)

	require.NoError(t, f.CheckIncidents(fstest.MapFS{"de.tmpl": {Data: []byte(`{{define "banner"}}Störung{{end}}`)}}))
	err := f.CheckIncidents(fstest.MapFS{"de.tmpl": {Data: []byte(`{{define "banner"}}{{.Nothing}}{{end}}`)}})
	require.ErrorContains(t, err, "full.valid.yaml:75: incidents: incident: templates: template: de.tmpl:1")
	err = f.CheckIncidents(fstest.MapFS{"fr.tmpl": {}})
	require.ErrorContains(t, err, `there are no words for the language "de", but for en, fr, id`)
}

func TestIncidentErrors(t *testing.T) {
	const head = "version: 1\nproviders: {openai: {}, azure: {}}\nroutes: {smart: [openai/gpt-4.1]}\nincidents: "
	window := func(text string) string { return "{maintenance: {move: " + text + "}}" }
	for _, tt := range []struct{ name, text, want string }{
		{"a language without words", "{language: fr}", `f.yaml:4:23: incidents.language: there are no words for "fr", but for en, id (or name a folder that has them as templates)`},
		{"a provider that is not there", "{names: {providers: {opnai: A}}}", `incidents.names.providers.opnai: there is no provider "opnai" (did you mean "openai"?)`},
		{"a route that is not there", "{names: {routes: {smrt: A}}}", `incidents.names.routes.smrt: there is no route "smrt"`},
		{"a name of two lines", `{names: {tasks: {faq: "a\nb"}}}`, "incidents.names.tasks.faq: a text that clients are shown has one line"},
		{"a window without an end", window("{from: 2026-12-01T22:00:00Z}"), "incidents.maintenance.move: from and to are both needed"},
		{"a window without a zone", window("{from: 2026-12-01 22:00, to: 2026-12-02T22:00:00Z}"), "incidents.maintenance.move.from: \"2026-12-01 22:00\" is not a time with its zone"},
		{"a window that ends before", window("{from: 2026-12-01T22:00:00Z, to: 2026-12-02T05:00:00+07:00}"), "incidents.maintenance.move: to is not after from"},
		{"a window of a quarter", window("{from: 2026-12-01T22:00:00Z, to: 2027-03-02T22:00:00Z}"), "incidents.maintenance.move: it is longer than 31 days"},
		{"a target that is not there", window("{from: 2026-12-01T22:00:00Z, to: 2026-12-02T22:00:00Z, targets: [openai/gpt-4]}"), "incidents.maintenance.move.targets: there is no provider or target \"openai/gpt-4\""},
		{"a key that is not there", "{template: words}", "incidents.template: unknown key (did you mean \"templates\"?)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte(head+tt.text))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestReadyKnowsIncidents(t *testing.T) {
	verdict := func(text string) config.Check {
		f, err := config.Load("f.yaml", []byte("version: 1\n"+text))
		require.NoError(t, err)
		for _, c := range f.Ready(time.Now()) {
			if c.Item == "incident templates" {
				return c
			}
		}
		t.Fatal("the list has no such item")
		return config.Check{}
	}
	require.Equal(t, config.NotApplicable, verdict("").Verdict)
	require.Equal(t, config.Passed, verdict("incidents: {names: {tasks: {faq: Questions}}}").Verdict)
	require.Equal(t, "of your own: words", verdict("incidents: {templates: words, language: de}").Reason)
}
