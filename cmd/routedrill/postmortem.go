package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/router/incident"
)

// postMortem writes a draft for each incident of one cell of a stored run: of the
// first gated policy, unless another is named, with the run's first seed.
func postMortem(sys system, dir, policy, language string) error {
	result, err := readStored(dir, outJSON, report.Read)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s holds no run: there is no %s; 'routedrill run SCENARIO --out DIR' writes one", dir, outJSON)
	}
	if err != nil {
		return &exit{codeUsage, err}
	}
	cell, err := cellOf(result, policy)
	if err != nil {
		return err
	}
	if len(cell.Incidents) == 0 {
		return usage("%s: the router saw no incident under the policy %s: no breaker opened, no alert rose", dir, cell.Policy)
	}
	for n := range cell.Incidents {
		text, err := draftOf(result, cell, &cell.Incidents[n], language)
		if err != nil {
			return &exit{codeUsage, fmt.Errorf("%s: %s: incident %d: %w", dir, outJSON, n+1, err)}
		}
		if n > 0 {
			text = "\n---\n\n" + text
		}
		if _, err := fmt.Fprint(sys.stdout, text); err != nil {
			return fmt.Errorf("cannot write: %w", err)
		}
	}
	return nil
}

// cellOf is the first cell of a policy; "" is the first that is gated, or else the first.
func cellOf(r *report.Result, policy string) (*report.Cell, error) {
	var names []string
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Policy == policy || policy == "" && c.Gated {
			return c, nil
		}
		names = append(names, c.Policy)
	}
	switch {
	case len(r.Cells) == 0:
		return nil, usage("the run has no results")
	case policy != "":
		return nil, usage("--policy %s: the run has %s", policy, strings.Join(names, ", "))
	}
	return &r.Cells[0], nil
}

// draftOf is the draft of an incident, in the words of the router.
func draftOf(r *report.Result, c *report.Cell, i *report.Incident, language string) (string, error) {
	start, err := time.Parse(time.RFC3339, r.Start)
	if err != nil {
		return "", err
	}
	d := &incident.Drill{
		Scenario: r.Scenario, Summary: r.Summary, World: r.World, Source: r.Source, Policy: c.Policy, Seed: c.Seed, Requests: c.Requests, Replay: r.Replay,
	}
	for _, f := range r.Faults {
		d.Faults = append(d.Faults, incident.Fault{
			ID: f.ID, Kind: f.Kind, How: f.How, Start: start.Add(time.Duration(f.Start)), End: start.Add(time.Duration(f.End)),
		})
	}
	for _, u := range i.Under {
		x := incident.Under{Policy: u.Policy, Requests: u.Requests, Answered: u.Answered}
		if u.Latency != nil && u.Latency.P95 != nil {
			x.P95 = time.Duration(*u.Latency.P95)
		}
		if u.Cost != nil {
			x.CostMicroUSD = int64(*u.Cost*1e6 + 0.5)
		}
		d.Under = append(d.Under, x)
	}
	story := make([]incident.Incident, len(i.Told))
	for n, told := range i.Told {
		if err := json.Unmarshal(told, &story[n]); err != nil {
			return "", err
		}
	}
	if len(story) == 0 {
		return "", errors.New("it tells of nothing: the file is damaged")
	}
	return incident.NewDraft(story, d).Markdown(language)
}
