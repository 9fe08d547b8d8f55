package fake

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// maxAdminBody bounds what is posted to the admin API.
const maxAdminBody = 64 << 10

// Admin is the admin API. README.md describes it. With a token it asks for it as
// a bearer everywhere but at /healthz; without one it takes no request that a web
// page may have made: none with an Origin, none whose Host is a name other than
// localhost.
func (f *Fleet) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /admin/faults":         f.getFaults,
		"POST /admin/faults":        f.postFault,
		"DELETE /admin/faults":      f.deleteFaults,
		"GET /admin/faults/{id}":    f.getFault,
		"DELETE /admin/faults/{id}": f.deleteFault,
		"POST /admin/reset":         f.postReset,
		"GET /admin/journal":        f.getJournal,
		"GET /admin/providers":      f.getProviders,
		"GET /metrics":              f.metrics.handler().ServeHTTP,
	} {
		mux.HandleFunc(pattern, f.guard(h))
	}
	return mux
}

// NeedsToken reports whether an address to listen on can be reached from beyond
// this machine, so that the admin API there needs a token.
func NeedsToken(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return !local(host)
}

// local reports whether a host is this machine and nothing else.
func local(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// guard lets in who has the token.
func (f *Fleet) guard(next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte(f.options.Token))
	return func(w http.ResponseWriter, r *http.Request) {
		if f.options.Token == "" {
			if host, _, err := net.SplitHostPort(r.Host); err == nil && !local(host) || err != nil && !local(r.Host) || r.Header.Get("Origin") != "" {
				fail(w, http.StatusForbidden, "without a token only programs on this machine may ask; start the fakes with one")
				return
			}
			next(w, r)
			return
		}
		got, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		// Hashes are equally long, so that time tells nothing about the token.
		if sum := sha256.Sum256([]byte(got)); subtle.ConstantTimeCompare(sum[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="routedrill"`)
			fail(w, http.StatusUnauthorized, "send the admin token: Authorization: Bearer TOKEN")
			return
		}
		next(w, r)
	}
}

// answer sends v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a caller that went away needs no answer
}

// problem is what is wrong with a request.
type problem struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

func fail(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string][]problem{"errors": {{Message: message}}})
}

func (f *Fleet) postFault(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("an event of more than %d bytes", maxAdminBody))
		return
	case err != nil:
		fail(w, http.StatusBadRequest, "the body could not be read")
		return
	}
	in, err := scenarios.ParseInjection("body", body, f.options.Scenario, sim.Vocabulary())
	if err != nil {
		answer(w, http.StatusBadRequest, map[string][]problem{"errors": problems(err)})
		return
	}
	x, err := f.faults.inject(in)
	switch {
	case errors.Is(err, errTaken), errors.Is(err, errFull):
		fail(w, http.StatusConflict, strings.TrimPrefix(err.Error(), "fake: "))
	case err != nil:
		fail(w, http.StatusBadRequest, err.Error())
	default:
		w.Header().Set("Location", "/admin/faults/"+x.event.ID)
		answer(w, http.StatusCreated, f.faultState(x))
	}
}

// problems takes apart what the scenario language says.
func problems(err error) []problem {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var out []problem
	for _, err := range list {
		var e *scenarios.Error
		if errors.As(err, &e) {
			out = append(out, problem{e.Message, e.Line, e.Column, e.Field, e.Hint})
		} else {
			out = append(out, problem{Message: err.Error()})
		}
	}
	return out
}

// faultState is a fault as it is shown.
type faultState struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Source    string    `json:"source"` // timeline or admin
	State     string    `json:"state"`  // waiting, active, between (of flaps or repetitions) or over
	Rate      float64   `json:"rate"`   // now
	Begins    time.Time `json:"begins"`
	Expires   time.Time `json:"expires"` // when it is withdrawn, or ends for good
	Providers []string  `json:"providers"`
}

func (f *Fleet) faultState(x *fault) faultState {
	now := time.Since(f.start)
	out := faultState{
		ID: x.event.ID, Kind: x.event.Fault.Kind(), Source: "admin", Rate: x.event.RateAt(now), Providers: []string{},
		Begins: f.start.Add(x.event.Start).UTC().Round(time.Millisecond), Expires: f.start.Add(x.expires).UTC().Round(time.Millisecond),
	}
	if x.timer == nil {
		out.Source = "timeline"
	}
	switch {
	case now < x.event.Start:
		out.State = "waiting"
	case now >= x.expires || x.event.Every == 0 && now >= x.event.End:
		out.State, out.Rate = "over", 0
	case out.Rate > 0:
		out.State = "active"
	default:
		out.State = "between"
	}
	for _, p := range f.world().Providers {
		if x.event.Touches(p.Name, p.Vendor, p.Region) {
			out.Providers = append(out.Providers, p.Name)
		}
	}
	return out
}

func (f *Fleet) getFaults(w http.ResponseWriter, _ *http.Request) {
	list := []faultState{}
	for _, x := range f.faults.list() {
		list = append(list, f.faultState(&x))
	}
	answer(w, http.StatusOK, map[string][]faultState{"faults": list})
}

func (f *Fleet) getFault(w http.ResponseWriter, r *http.Request) {
	for _, x := range f.faults.list() {
		if x.event.ID == r.PathValue("id") {
			answer(w, http.StatusOK, f.faultState(&x))
			return
		}
	}
	fail(w, http.StatusNotFound, "no such fault")
}

func (f *Fleet) deleteFault(w http.ResponseWriter, r *http.Request) {
	switch id := r.PathValue("id"); {
	case f.faults.withdraw(id):
		w.WriteHeader(http.StatusNoContent)
	case f.faults.fromTimeline(id):
		fail(w, http.StatusConflict, "it belongs to the timeline; start the fakes with --timeline hand to do without that")
	default:
		fail(w, http.StatusNotFound, "no such fault")
	}
}

func (f *Fleet) deleteFaults(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]int{"withdrawn": f.faults.clear()})
}

func (f *Fleet) postReset(w http.ResponseWriter, _ *http.Request) {
	if err := f.Reset(); err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *Fleet) getJournal(w http.ResponseWriter, r *http.Request) {
	since, limit := int64(0), int64(journalKept)
	for key, dst := range map[string]*int64{"since": &since, "limit": &limit} {
		text := r.URL.Query().Get(key)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			fail(w, http.StatusBadRequest, key+": want a whole number from 0")
			return
		}
		*dst = n
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_ = f.journal.encode(w, f.journal.since(since, int(min(limit, journalKept)))) // the caller may have gone away
}

// providerState is a provider as it is shown.
type providerState struct {
	Name     string   `json:"name"`
	Vendor   string   `json:"vendor"`
	Region   string   `json:"region"`
	Wire     string   `json:"wire"`
	BaseURL  string   `json:"base_url"`
	Models   []string `json:"models"`
	InFlight int      `json:"in_flight"`
	Faults   []string `json:"faults"` // those that can hit it now
}

func (f *Fleet) getProviders(w http.ResponseWriter, _ *http.Request) {
	now := time.Since(f.start)
	list := []providerState{}
	f.mu.Lock()
	for i, p := range f.world().Providers {
		s := providerState{
			Name: p.Name, Vendor: p.Vendor, Region: p.Region, Wire: p.Wire, Models: []string{}, Faults: []string{},
		}
		for _, m := range p.Models {
			s.Models = append(s.Models, m.Name)
		}
		if i < len(f.ports) {
			s.BaseURL, s.InFlight = root(f.ports[i].Address())+sim.FakeBase(p.Wire), f.ports[i].InFlight()
		}
		for _, e := range f.providers[i].Events() {
			if e.RateAt(now) > 0 {
				s.Faults = append(s.Faults, e.ID)
			}
		}
		list = append(list, s)
	}
	f.mu.Unlock()
	answer(w, http.StatusOK, map[string][]providerState{"providers": list})
}
