package router

import (
	"encoding/json"
	"net/http"
)

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// ModelNames are the names a request may ask for: routes, then targets.
func (c *Config) ModelNames() (names []string) {
	for _, r := range c.Routes {
		names = append(names, r.Name)
	}
	for _, p := range c.Providers {
		for _, m := range p.Models {
			names = append(names, p.Name+"/"+m.Name)
		}
	}
	return names
}

// modelEntries are the models of GET /v1/models: routes, then targets.
func modelEntries(c Config) (list []modelEntry) {
	for _, r := range c.Routes {
		list = append(list, modelEntry{r.Name, "model", 0, "routedrill"})
	}
	for _, p := range c.Providers {
		for _, m := range p.Models {
			list = append(list, modelEntry{p.Name + "/" + m.Name, "model", 0, p.Name})
		}
	}
	return list
}

// modelList is the answer to GET /v1/models: what the caller may ask for.
func modelList(entries []modelEntry, who *Caller) []byte {
	list := struct {
		Object string       `json:"object"`
		Data   []modelEntry `json:"data"`
	}{"list", []modelEntry{}}
	for _, e := range entries {
		if who.may(e.ID) {
			list.Data = append(list.Data, e)
		}
	}
	body, _ := json.Marshal(list) // strings and numbers only: cannot fail
	return body
}

// model serves GET of one model.
func (r *Router) model(w http.ResponseWriter, q *http.Request, id string) {
	if q.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writeError(w, apiError{http.StatusMethodNotAllowed, "invalid_request_error", "method_not_allowed", "this path takes GET"})
		return
	}
	for _, e := range r.models {
		if e.ID == id && callerOf(q.Context()).may(id) {
			body, _ := json.Marshal(e) // strings and a number: cannot fail
			writeJSON(w, http.StatusOK, body)
			return
		}
	}
	writeError(w, apiError{http.StatusNotFound, "invalid_request_error", "model_not_found", "there is no such model; see /v1/models"})
}
