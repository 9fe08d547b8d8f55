package router

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// paths are where the endpoints are served.
var paths = map[string]string{
	llm.Chat: "/v1/chat/completions", llm.Completions: "/v1/completions", llm.Embeddings: "/v1/embeddings",
}

// Admin serves what an operator, and nobody else, may ask of the router; README.md
// has the paths. It checks nobody: it belongs on an address that only operators
// reach.
func (r *Router) Admin() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /spending", func(w http.ResponseWriter, _ *http.Request) { writeValue(w, r.Spending()) })
	m.HandleFunc("GET /cache", func(w http.ResponseWriter, _ *http.Request) { writeValue(w, r.CacheStats()) })
	m.HandleFunc("DELETE /cache", r.forget)
	m.HandleFunc("POST /cache/warm", r.warmUp)
	return m
}

func writeValue(w http.ResponseWriter, v any) {
	body, _ := json.Marshal(v) // numbers only: cannot fail
	writeJSON(w, http.StatusOK, append(body, '\n'))
}

func badAdmin(w http.ResponseWriter, why string) {
	writeError(w, apiError{http.StatusBadRequest, "invalid_request_error", "invalid_admin_request", why})
}

// forget removes the answers with a tag, or all of them if that is asked for.
func (r *Router) forget(w http.ResponseWriter, q *http.Request) {
	tag, all := q.URL.Query().Get("tag"), q.URL.Query().Get("all") == "true"
	if (tag == "") != all {
		badAdmin(w, "say which answers to remove: ?tag=TAG, or ?all=true")
		return
	}
	writeValue(w, map[string]int{"removed": r.ForgetCached(tag)})
}

// warmUp has the requests of the top answers, or those of the body, answered anew.
func (r *Router) warmUp(w http.ResponseWriter, q *http.Request) {
	var list []CacheRequest
	if text := q.URL.Query().Get("top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > MaxWarm {
			badAdmin(w, "top must be a number from 1 to "+strconv.Itoa(MaxWarm))
			return
		}
		list = r.CachedTop(n)
	} else {
		var err error
		if list, err = readRequests(http.MaxBytesReader(w, q.Body, MaxRequestBytes), q.Header); err != nil {
			badAdmin(w, err.Error())
			return
		}
	}
	writeValue(w, map[string]int{"asked": len(list), "answered": r.WarmCache(q.Context(), list)})
}

// readRequests reads requests, one line of JSON each, with the headers of the call.
func readRequests(body io.Reader, header http.Header) (list []CacheRequest, err error) {
	own := http.Header{}
	for _, name := range keptHeaders {
		if v := header[name]; v != nil {
			own[name] = v
		}
	}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, MaxRequestBytes)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var fields struct{ Input, Prompt json.RawMessage }
		line := append([]byte(nil), lines.Bytes()...)
		endpoint := llm.Chat
		if err := json.Unmarshal(line, &fields); err == nil && fields.Input != nil {
			endpoint = llm.Embeddings
		} else if err == nil && fields.Prompt != nil {
			endpoint = llm.Completions
		}
		if _, err := openai.ReadRequest(endpoint, line); err != nil {
			return nil, errors.New("line " + strconv.Itoa(n) + ": " + err.Error())
		}
		if len(list) == MaxWarm {
			return nil, errors.New("line " + strconv.Itoa(n) + ": a warm-up takes " + strconv.Itoa(MaxWarm) + " requests at most")
		}
		list = append(list, CacheRequest{Endpoint: endpoint, Header: own, Body: line})
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("the body cannot be read: " + err.Error())
	}
	if len(list) == 0 {
		return nil, errors.New("say what to warm up: ?top=N, or a body with a request a line")
	}
	return list, nil
}
