package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxResultBytes bounds what is read, far above what a run of a hundred cells
// has.
const maxResultBytes = 256 << 20

// ErrVersion means that a result.json is of a version this program does not
// know.
var ErrVersion = errors.New("report: version of the format is not known")

// Read reads a result.json of any version up to [Version]. What the version it
// was stored in did not know is as absent as what could not be measured.
func Read(r io.Reader) (*Result, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxResultBytes+1))
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if len(data) > maxResultBytes {
		return nil, fmt.Errorf("report: more than %d bytes", maxResultBytes)
	}
	result := new(Result)
	if err := json.Unmarshal(data, result); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if result.Version < 1 || result.Version > Version {
		return nil, fmt.Errorf("%w: %d; this program reads 1 to %d", ErrVersion, result.Version, Version)
	}
	for i := range result.Cells {
		if result.Cells[i].Policy == "" {
			return nil, fmt.Errorf("report: cell %d names no policy: the file is damaged", i+1)
		}
	}
	if result.Policies == nil {
		result.addPolicies()
	}
	return result, nil
}

// addPolicies puts the policies into a result that was stored before there were
// any: each with the gravest verdicts of its seeds.
func (r *Result) addPolicies() {
	at := make(map[string]int)
	for i := range r.Cells {
		c := &r.Cells[i]
		k, known := at[c.Policy]
		if !known {
			at[c.Policy] = len(r.Policies)
			r.Policies = append(r.Policies, PolicyResult{Policy: c.Policy, Gated: c.Gated, Verdict: c.Verdict, Thresholds: slices.Clone(c.Thresholds)})
			continue
		}
		p := &r.Policies[k]
		p.Verdict = p.Verdict.worse(c.Verdict)
		for n := range min(len(p.Thresholds), len(c.Thresholds)) {
			if t := c.Thresholds[n]; p.Thresholds[n].Verdict.worse(t.Verdict) != p.Thresholds[n].Verdict {
				p.Thresholds[n] = t
			}
		}
	}
}
