package panel

import (
	"embed"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/incident"
)

// The bounds of a panel.
const (
	MaxClients = 16               // event streams at once; further ones get a 503
	MaxStream  = 15 * time.Minute // of one event stream; browsers come back by themselves
	Every      = time.Second      // between two events of a stream, however much happens
	patience   = 10 * time.Second // for a client to take an event; who does not is dropped
)

// Path is where [Panel.Handler] serves the page; what belongs to it is below.
const Path = "/panel"

// Config is whom a panel asks. Each is asked at most once a second, and only while
// somebody looks; all are needed.
type Config struct {
	Status    func() router.Status
	Spending  func() router.Spending
	Incidents func(now time.Time) []incident.Incident
}

// Panel is the page, and an audit.Sink for what the router keeps nowhere else. Make it
// with [New]; it is safe for concurrent use.
type Panel struct {
	config Config
	watch  watch
	places chan struct{} // as many as there are clients
	done   chan struct{}
	close  sync.Once

	mu    sync.Mutex
	drawn time.Time // when latest was
	last  frame
}

// frame is the page's changing part at one instant.
type frame struct {
	title string
	html  template.HTML
}

//go:embed page.tmpl panel.css panel.js
var files embed.FS

var pages = template.Must(template.New("").ParseFS(files, "page.tmpl"))

// New returns a panel that has seen nothing.
func New(c Config) *Panel {
	return &Panel{config: c, places: make(chan struct{}, MaxClients), done: make(chan struct{})}
}

// Close ends all event streams, those to come too, so that a server can stop. It may
// be called more than once.
func (p *Panel) Close() { p.close.Do(func() { close(p.done) }) }

// Handler serves the page at [Path]. It checks nobody: it belongs on an address that
// only operators reach.
func (p *Panel) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET "+Path, p.page)
	m.HandleFunc("GET "+Path+"/{$}", func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "../panel", http.StatusMovedPermanently)
	})
	m.HandleFunc("GET "+Path+"/events", p.events)
	m.HandleFunc("GET "+Path+"/panel.css", file("panel.css", "text/css; charset=utf-8"))
	m.HandleFunc("GET "+Path+"/panel.js", file("panel.js", "text/javascript; charset=utf-8"))
	return m
}

// page serves the whole page as it is now, which needs no script to be read.
func (p *Panel) page(w http.ResponseWriter, _ *http.Request) {
	header(w, "text/html; charset=utf-8")
	f := p.frame()
	_ = pages.ExecuteTemplate(w, "page", map[string]any{"Title": f.title, "Main": f.html}) // who has left needs no answer
}

func file(name, contentType string) http.HandlerFunc {
	body, err := files.ReadFile(name)
	if err != nil {
		panic("panel: " + err.Error()) // it is embedded
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		header(w, contentType)
		_, _ = w.Write(body) // likewise
	}
}

// header lets the page load its own script and style, and nothing else from anywhere.
func header(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}
