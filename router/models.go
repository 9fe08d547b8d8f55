package router

import "encoding/json"

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// modelNames are the names a request may ask for: routes, then targets.
func modelNames(c Config) (names []string) {
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

// modelList is the answer to GET /v1/models: routes, then targets.
func modelList(c Config) []byte {
	list := struct {
		Object string       `json:"object"`
		Data   []modelEntry `json:"data"`
	}{Object: "list"}
	for _, r := range c.Routes {
		list.Data = append(list.Data, modelEntry{r.Name, "model", 0, "routedrill"})
	}
	for _, p := range c.Providers {
		for _, m := range p.Models {
			list.Data = append(list.Data, modelEntry{p.Name + "/" + m.Name, "model", 0, p.Name})
		}
	}
	body, _ := json.Marshal(list) // strings and numbers only: cannot fail
	return body
}
