package router

import "encoding/json"

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
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
