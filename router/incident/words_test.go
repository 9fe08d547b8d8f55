package incident_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile("testdata/"+name, []byte(got), 0o644))
	}
	want, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// outage is an incident in which a route loses its second target too for a while.
func outage(t *testing.T, c incident.Config, until float64) scene {
	s := stage(t, c)
	steps := []struct {
		sec float64
		do  func(sec float64)
	}{
		{60, func(sec float64) { s.ask(sec, "smart", audit.Served, "a/big!", "b/big") }},
		{75, func(sec float64) { s.opens(sec, "a/big") }},
		{76, func(sec float64) { s.ask(sec, "smart", audit.Failed, "a/big!") }},
		{80, func(sec float64) { s.ask(sec, "smart", audit.Served, "b/big") }},
		{90, func(sec float64) { s.alert(sec, "a/big", audit.SignalErrors, audit.FastBurn, false) }},
		{100, func(sec float64) { s.opens(sec, "b/big") }},
		{110, func(sec float64) { s.ask(sec, "smart", audit.Refused) }},
		{115, func(sec float64) { s.closes(sec, "b/big") }},
		{130, func(sec float64) { s.ask(sec, "smart", audit.Served, "b/big") }},
		{200, func(sec float64) { s.closes(sec, "a/big") }},
		{700, func(sec float64) { s.alert(sec, "a/big", audit.SignalErrors, audit.FastBurn, true) }},
	}
	for _, x := range steps {
		if x.sec <= until {
			x.do(x.sec)
		}
	}
	return s
}

// The words of every phase, in both languages.
func TestWords(t *testing.T) {
	var b strings.Builder
	for _, language := range []string{"en", "id"} {
		for _, sec := range []float64{0, 76, 81, 101, 130, 300, 701, 2000} {
			s := outage(t, incident.Config{Names: incident.Names{Providers: map[string]string{"a": "AI service A"}}}, sec)
			status, err := s.Status(at(sec), language)
			require.NoError(t, err)
			b.WriteString(status.Language + " " + status.State + ": " + status.Message + "\n")
			for _, p := range append(status.Incidents, status.Past...) {
				b.WriteString("\n" + p.Note + "\n")
			}
			b.WriteString("\n---\n")
		}
	}
	golden(t, "words.txt", b.String())
}

// What is to be said of several services is said once, whatever the language.
func TestBannerSaysItOnce(t *testing.T) {
	three := []incident.Route{{Name: "smart", Targets: []string{"a/m", "b/m", "c/m"}}, {Name: "cheap", Targets: []string{"c/n", "d/n"}}}
	tests := []struct {
		name   string
		routes []incident.Route
		names  map[string]string
		do     func(s scene)
		en, id string
	}{
		{"all of a route", three[:1], nil, func(s scene) {
			s.opens(0, "a/m")
			s.opens(60, "b/m")
			s.opens(120, "c/m")
		}, "AI features are interrupted (smart): a, b, c have had problems since 2026-03-04 12:00 UTC. Please try again later.",
			"Fitur AI sedang terganggu (smart): a, b, c bermasalah sejak 2026-03-04 12:00 UTC. Silakan coba lagi nanti."},
		{"under one name", three[:1], map[string]string{"a": "AI", "b": "AI", "c": "AI"}, func(s scene) {
			s.opens(0, "a/m")
			s.opens(1, "b/m")
			s.opens(2, "c/m")
		}, "AI features are interrupted (smart): AI has had problems since 2026-03-04 12:00 UTC. Please try again later.",
			"Fitur AI sedang terganggu (smart): AI bermasalah sejak 2026-03-04 12:00 UTC. Silakan coba lagi nanti."},
		{"other routes", []incident.Route{{Name: "one", Targets: []string{"a/m"}}, {Name: "two", Targets: []string{"b/m"}}}, nil, func(s scene) {
			s.opens(0, "a/m")
			s.opens(60, "b/m")
		}, "AI features are interrupted (two): b has had problems since 2026-03-04 12:01 UTC. Please try again later. AI features are interrupted (one): a has had problems since 2026-03-04 12:00 UTC. Please try again later.",
			"Fitur AI sedang terganggu (two): b bermasalah sejak 2026-03-04 12:01 UTC. Silakan coba lagi nanti. Fitur AI sedang terganggu (one): a bermasalah sejak 2026-03-04 12:00 UTC. Silakan coba lagi nanti."},
		{"some of a route", three, nil, func(s scene) {
			s.opens(0, "a/m")
			s.opens(60, "b/m")
		}, "a, b have had problems since 2026-03-04 12:00 UTC. Some requests may fail or take longer.",
			"a, b bermasalah sejak 2026-03-04 12:00 UTC. Sebagian permintaan mungkin gagal atau lebih lambat."},
		{"others answer", three, nil, func(s scene) {
			s.opens(0, "a/m")
			s.opens(60, "b/m")
			s.ask(61, "smart", audit.Served, "c/m")
		}, "a, b have had problems since 2026-03-04 12:00 UTC. Other services answer in their place; answers may take longer or read a little differently.",
			"a, b bermasalah sejak 2026-03-04 12:00 UTC. Layanan lain menjawab sebagai gantinya; jawaban mungkin lebih lambat atau sedikit berbeda."},
		{"back again", three, nil, func(s scene) {
			s.opens(0, "a/m")
			s.opens(1, "b/m")
			s.closes(60, "b/m")
			s.closes(120, "a/m")
		}, "a, b have been working again since 2026-03-04 12:02 UTC. We are keeping an eye on them.",
			"a, b sudah kembali normal sejak 2026-03-04 12:02 UTC. Kami masih memantaunya."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{Routes: tt.routes, Names: incident.Names{Providers: tt.names}})
			tt.do(s)
			for language, want := range map[string]string{"en": tt.en, "id": tt.id} {
				status, err := s.Status(at(125), language)
				require.NoError(t, err)
				require.Equal(t, want, status.Message)
			}
		})
	}
}

func TestPostMortem(t *testing.T) {
	s := outage(t, incident.Config{}, 701)
	list := s.Incidents(at(2000))
	require.Len(t, list, 2)
	for _, language := range []string{"en", "id"} {
		text, err := s.PostMortem(at(2000), list[1].ID, language)
		require.NoError(t, err)
		golden(t, "post-mortem."+language+".md", text)
	}
	_, err := s.PostMortem(at(2000), "20260304T120000Z-9", "en")
	require.ErrorIs(t, err, incident.ErrUnknown)
}

// stories are two incidents of which the second goes on with the first, and a third
// too late for that.
func stories(t *testing.T) scene {
	s := stage(t, incident.Config{})
	s.ask(-20, "smart", audit.Served, "a/big")
	s.ask(0, "smart", audit.Served, "a/big!", "b/big")
	s.opens(10, "a/big")
	s.ask(11, "smart", audit.Served, "b/big")
	for n := range 4 {
		s.closes(60+float64(10*n), "a/big")
		s.opens(65+float64(10*n), "a/big")
	}
	s.closes(200, "a/big")
	s.opens(900, "a/small")
	s.closes(1000, "a/small")
	s.opens(5000, "a/big")
	s.closes(5010, "a/big")
	return s
}

// A relapse belongs to the post-mortem of what it follows.
func TestRelapse(t *testing.T) {
	s := stories(t)
	list := s.Incidents(at(9000))
	require.Len(t, list, 3)
	slices.Reverse(list)
	require.Empty(t, list[0].Follows)
	require.Equal(t, list[0].ID, list[1].Follows)
	require.Empty(t, list[2].Follows, "more than an hour after the end")
	require.Equal(t, []string{"b/big"}, list[0].Untried)

	d := incident.NewDraft(list[:2], nil)
	require.Equal(t, at(1000), *d.Over)
	require.Equal(t, 1000*time.Second, d.Length)
	require.Equal(t, 200*time.Second, d.Main)
	require.Equal(t, 10*time.Second, d.Detection)
	require.Equal(t, time.Second, d.Help)
	require.Equal(t, []string{"a/big", "a/small"}, d.Targets)
	require.Equal(t, []string{"cheap"}, d.Alone)
	require.Equal(t, []incident.Last{{Route: "smart", Target: "b/big"}}, d.Thin)
	require.Equal(t, 6, d.Opened)
	require.True(t, d.Flapped())
	var lines []string
	for _, l := range d.Timeline {
		lines = append(lines, fmt.Sprintf("%.0f %s %v %d %s", l.At.Sub(noon).Seconds(), l.What, l.Targets, l.N, l.Length))
	}
	require.Equal(t, []string{
		"0 started [] 0 0s", "10 breaker_opened [] 0 0s", "11 mitigated [] 0 0s",
		"60 flapping [a/big chat] 4 2m20s", "200 ended [] 0 0s", "900 relapse [a/small] 1 1m40s",
	}, lines)
	one, err := s.PostMortem(at(9000), list[0].ID, "en")
	require.NoError(t, err)
	require.Contains(t, one, "It came back: `a/small`. A breaker opened once; over after 1m40s.")
	later, err := s.PostMortem(at(9000), list[2].ID, "en")
	require.NoError(t, err)
	require.NotContains(t, later, "a/small")
}

// What only a drill can know stands in its post-mortem, in both languages.
func TestDrill(t *testing.T) {
	list := stories(t).Incidents(at(9000))
	slices.Reverse(list)
	d := incident.NewDraft(list[:2], &incident.Drill{
		Scenario: "down", Summary: "It is down", Source: "https://status.example.com/1", Policy: "priority", Seed: 7, Requests: 1234, Replay: "routedrill run down --seed 7",
		Faults: []incident.Fault{{ID: "outage", Kind: "status", How: "status 503", Start: at(0), End: at(200)}},
		Under: []incident.Under{
			{Policy: incident.NoFailover, Requests: 1000, Answered: 400, P95: 2 * time.Second, CostMicroUSD: 4_000_000},
			{Policy: "priority", Requests: 1000, Answered: 1000, P95: 1500 * time.Millisecond, CostMicroUSD: 11_000_000},
		},
	})
	for _, language := range []string{"en", "id"} {
		text, err := d.Markdown(language)
		require.NoError(t, err)
		golden(t, "drill."+language+".md", text)
	}
	text, err := d.Markdown("xx")
	require.NoError(t, err)
	require.Contains(t, text, "# Post-mortem (draft): a, 2026-03-04", "no words: English")
}

// A name is text wherever it stands.
func TestHostileNames(t *testing.T) {
	const evil = `<script>alert(1)</script>|` + "`x`"
	s := stage(t, incident.Config{Routes: []incident.Route{{Name: evil, Targets: []string{evil[:8] + "/m"}}}, Names: incident.Names{Providers: map[string]string{evil[:8]: evil}}})
	s.opens(0, evil[:8]+"/m")
	w := httptest.NewRecorder()
	s.Before(nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, incident.BannerPath, http.NoBody))
	require.NotContains(t, w.Body.String(), "<script")
	require.Contains(t, w.Body.String(), "&lt;script&gt;")
	text, err := s.PostMortem(at(1), s.one(1).ID, "en")
	require.NoError(t, err)
	require.NotContains(t, text, "script>|")
}

func TestTemplates(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		err   string // "" is none
		says  string // of the banner in German
	}{
		{"a language of their own", map[string]string{"de.tmpl": `{{define "banner"}}{{range .Incidents}}{{.Service}} ist gestört{{end}}{{end}}`}, "", "a ist gestört"},
		{"what is left out is English", map[string]string{"de.tmpl": `{{define "note"}}kurz{{end}}`}, "", "a has had problems"},
		{"none", map[string]string{"readme.md": ""}, "no file LANGUAGE.tmpl", ""},
		{"no language", map[string]string{"German.tmpl": ""}, "German.tmpl: a file is named after its language", ""},
		{"a typo", map[string]string{"de.tmpl": `{{define "banner"}}{{.Incident}}{{end}}`}, "de.tmpl:1", ""},
		{"not closed", map[string]string{"de.tmpl": "\n{{define \"banner\"}}"}, "de.tmpl:2", ""},
		{"too large", map[string]string{"de.tmpl": strings.Repeat("x", incident.MaxTemplateBytes+1)}, "de.tmpl is above 65536 bytes", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range tt.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			c := incident.Config{Templates: files, Language: "de"}
			if tt.err != "" {
				c.Language = ""
				_, err := incident.New(c)
				require.ErrorContains(t, err, tt.err)
				return
			}
			s := stage(t, c)
			s.opens(0, "a/big")
			status, err := s.Status(at(1), "xx")
			require.NoError(t, err)
			require.Contains(t, status.Message, tt.says)
			_, err = s.PostMortem(at(1), status.Incidents[0].ID, "de")
			require.NoError(t, err)
		})
	}
	_, err := incident.New(incident.Config{Language: "de"})
	require.ErrorContains(t, err, `no words for the language "de", but for en, id`)
}

func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon.Add(90 * time.Second)))
		s := outage(t, incident.Config{Names: incident.Names{Providers: map[string]string{"a": "AI service"}}}, 81)
		next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the router") })
		clients, operators := s.Before(next), s.Admin()
		id := s.one(81).ID
		tests := []struct {
			name, method, path, accept string
			h                          http.Handler
			code                       int
			contentType                string
			holds                      []string
		}{
			{"status", "GET", "/status.json", "", clients, 200, "application/json", []string{`"status":"partial"`, `"phase":"mitigated"`, `"service":"AI service"`, `"routes":["smart"]`, `"language":"en"`}},
			{"banner", "GET", "/status.html", "", clients, 200, "text/html; charset=utf-8", []string{`<div class="routedrill-status routedrill-partial" role="status" lang="en">AI service has had problems`}},
			{"by parameter", "GET", "/status.html?lang=id", "en", clients, 200, "text/html; charset=utf-8", []string{`lang="id">AI service bermasalah`}},
			{"by header", "GET", "/status.json", "xx, id-ID;q=0.8, en;q=0.5", clients, 200, "application/json", []string{`"language":"id"`}},
			{"of no language", "GET", "/status.json?lang=../x", "", clients, 200, "application/json", []string{`"language":"en"`}},
			{"written to", "POST", "/status.json", "", clients, 405, "text/plain; charset=utf-8", nil},
			{"anything else", "GET", "/v1/models", "", clients, 200, "text/plain; charset=utf-8", []string{"the router"}},
			{"incidents", "GET", "/incidents", "", operators, 200, "application/json", []string{`"provider":"a"`, `"what":"breaker_opened"`, `"requests":2`}},
			{"post-mortem", "GET", "/incidents/" + id + "/post-mortem?lang=id", "", operators, 200, "text/markdown; charset=utf-8", []string{"# Post-mortem (draf): a, 2026-03-04"}},
			{"of no incident", "GET", "/incidents/none/post-mortem", "", operators, 404, "text/plain; charset=utf-8", nil},
		}
		for _, tt := range tests {
			q := httptest.NewRequest(tt.method, tt.path, http.NoBody)
			q.Header.Set("Accept-Language", tt.accept)
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, q)
			require.Equal(t, tt.code, w.Code, tt.name)
			require.Equal(t, tt.contentType, w.Header().Get("Content-Type"), tt.name)
			for _, text := range tt.holds {
				require.Contains(t, w.Body.String(), text, tt.name)
			}
			if strings.HasPrefix(tt.path, "/status") && tt.code == 200 {
				require.Equal(t, "no-store", w.Header().Get("Cache-Control"), tt.name)
				require.NotContains(t, w.Body.String(), "a/big", "%s: clients see no target", tt.name)
				require.NotEmpty(t, w.Header().Get("Content-Language"))
			}
		}
		w := httptest.NewRecorder()
		stage(t, incident.Config{}).Before(next).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/status.html", http.NoBody))
		require.Equal(t, `<div class="routedrill-status routedrill-ok" role="status" lang="en" hidden>All AI features are working.</div>`+"\n", w.Body.String())
		w = httptest.NewRecorder()
		stage(t, incident.Config{}).Before(next).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/status.json", http.NoBody))
		var empty map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &empty))
		require.Equal(t, []any{}, empty["incidents"])
		require.Equal(t, []any{}, empty["past"])
	})
}
