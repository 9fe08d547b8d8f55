package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"
)

// The paths of [Tracker.Before].
const (
	StatusPath = "/status.json"
	BannerPath = "/status.html"
)

// Before serves what clients may know in front of another handler: GET
// [StatusPath], a [Status] as JSON, and GET [BannerPath], its message as a piece of
// HTML without scripts and styles. ?lang=LANGUAGE chooses the words, or else the first
// language of Accept-Language that there are some for.
func (t *Tracker) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case StatusPath:
			t.serve(w, q, func(s *Status) (string, []byte) {
				body, _ := json.Marshal(s) // strings and times only: cannot fail
				return "application/json", append(body, '\n')
			})
		case BannerPath:
			t.serve(w, q, func(s *Status) (string, []byte) { return "text/html; charset=utf-8", []byte(banner(s)) })
		default:
			next.ServeHTTP(w, q)
		}
	})
}

func (t *Tracker) serve(w http.ResponseWriter, q *http.Request, as func(*Status) (contentType string, body []byte)) {
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this path takes GET", http.StatusMethodNotAllowed)
		return
	}
	s, err := t.Status(time.Now(), t.language(q))
	if err != nil {
		http.Error(w, "the template of the status cannot be filled in", http.StatusInternalServerError)
		return
	}
	contentType, body := as(&s)
	w.Header().Set("Content-Language", s.Language)
	write(w, contentType, body)
}

func write(w http.ResponseWriter, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	_, _ = w.Write(body) // who has left needs no answer
}

// banner is hidden while there is nothing to say.
func banner(s *Status) string {
	hidden := ""
	if s.State == OK && len(s.Maintenance) == 0 {
		hidden = " hidden"
	}
	return fmt.Sprintf("<div class=\"routedrill-status routedrill-%s\" role=\"status\" lang=%q%s>%s</div>\n",
		s.State, s.Language, hidden, html.EscapeString(s.Message))
}

func (t *Tracker) speaks(language string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.words[language] != nil
}

// language is the one a request asks for; "" if there are words for none.
func (t *Tracker) language(q *http.Request) string {
	if l := q.URL.Query().Get("lang"); t.speaks(l) {
		return l
	}
	for part := range strings.SplitSeq(q.Header.Get("Accept-Language"), ",") {
		l, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		l, _, _ = strings.Cut(l, "-")
		if l = strings.ToLower(l); t.speaks(l) {
			return l
		}
	}
	return ""
}

// Admin serves what operators may know: GET /incidents, all of them with timeline and
// counts, and GET /incidents/ID/post-mortem, a draft in Markdown (?lang=LANGUAGE). It
// checks nobody: it belongs on an address that only operators reach.
func (t *Tracker) Admin() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /incidents", func(w http.ResponseWriter, _ *http.Request) {
		body, _ := json.Marshal(t.Incidents(time.Now())) // strings, numbers and times only: cannot fail
		write(w, "application/json", append(body, '\n'))
	})
	m.HandleFunc("GET /incidents/{id}/post-mortem", func(w http.ResponseWriter, q *http.Request) {
		text, err := t.PostMortem(time.Now(), q.PathValue("id"), t.language(q))
		switch {
		case errors.Is(err, ErrUnknown):
			http.Error(w, "no such incident; see /incidents", http.StatusNotFound)
		case err != nil:
			http.Error(w, "the template of the post-mortem cannot be filled in", http.StatusInternalServerError)
		default:
			write(w, "text/markdown; charset=utf-8", []byte(text))
		}
	})
	return m
}
