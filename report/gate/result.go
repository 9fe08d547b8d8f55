package gate

import (
	"slices"

	"github.com/routedrill/routedrill/report"
)

// Version is the version of the format of [Result] as JSON.
const Version = 1

// Verdict is the judgement over a row, a scenario or a run.
type Verdict string

// The verdicts. Over several the gravest counts: broken, worse, inconclusive,
// non-inferior.
const (
	NonInferior  Verdict = "non-inferior"
	Inconclusive Verdict = "inconclusive"
	Worse        Verdict = "worse"
	Broken       Verdict = "broken" // an invariant does not hold
)

func (v Verdict) severity() int {
	switch v {
	case Broken:
		return 3
	case Worse:
		return 2
	case Inconclusive:
		return 1
	default:
		return 0
	}
}

func (v Verdict) gravest(other Verdict) Verdict {
	if other.severity() > v.severity() {
		return other
	}
	return v
}

// Result is the comparison of two configs. As JSON it is diff.json. It is not
// changed once made and may be read concurrently.
type Result struct {
	Version        int           `json:"version"`
	Verdict        Verdict       `json:"verdict"`
	Reasons        []string      `json:"reasons,omitempty"` // why it is not non-inferior, the gravest first
	Base           string        `json:"base"`              // as named by the user
	Head           string        `json:"head"`
	Level          report.Number `json:"level"`  // of the intervals
	Alarms         report.Number `json:"alarms"` // highest share of false alarms per run
	Looks          int           `json:"looks"`  // planned, each a block of seeds
	ProgramVersion string        `json:"program_version"`
	Arch           string        `json:"arch"`
	Reproduce      string        `json:"reproduce"` // the command that repeats the comparison
	Findings       []string      `json:"findings,omitempty"`
	LeftOut        []string      `json:"left_out,omitempty"`     // what a budget had no room for
	NotCompared    []string      `json:"not_compared,omitempty"` // names of the scenarios among that: the verdict says nothing of them
	Scenarios      []Scenario    `json:"scenarios"`
}

// Scenario is the rows of one scenario.
type Scenario struct {
	Name     string   `json:"name"`
	File     string   `json:"file"`
	World    string   `json:"world,omitempty"`
	Start    string   `json:"start"` // instant zero of its timeline, RFC 3339
	Seeds    []uint64 `json:"seeds"`
	Requests int      `json:"requests"` // of both configs and all seeds
	Verdict  Verdict  `json:"verdict"`
	Reasons  []string `json:"reasons,omitempty"` // of the scenario as a whole: a fault that hit nothing, a broken invariant
	Rows     []Row    `json:"rows"`              // gated ones first
}

// Row is one metric of one scenario. Base, head and differences are means over
// the seeds. What could not be measured is nil, and Reason says why.
type Row struct {
	Metric         string         `json:"metric"`
	Unit           string         `json:"unit"` // of base and head: ratio, seconds, usd
	Gated          bool           `json:"gated"`
	HigherIsBetter bool           `json:"higher_is_better"`
	Tolerance      string         `json:"tolerance,omitempty"` // as written
	Relative       bool           `json:"relative"`            // differences are a share of the base, else in Unit
	Seeds          int            `json:"seeds"`
	Base           *report.Number `json:"base,omitempty"`
	Head           *report.Number `json:"head,omitempty"`
	Difference     *report.Number `json:"difference,omitempty"` // head − base
	Low            *report.Number `json:"low,omitempty"`        // ends of the interval
	High           *report.Number `json:"high,omitempty"`
	Method         string         `json:"method,omitempty"`
	PWorse         *report.Number `json:"p_worse,omitempty"` // corrected over all gated rows; of gated rows only
	PBetter        *report.Number `json:"p_better,omitempty"`
	Verdict        Verdict        `json:"verdict,omitempty"` // of gated rows only
	Better         bool           `json:"better,omitempty"`  // non-inferior, and an improvement beyond chance
	Reason         string         `json:"reason,omitempty"`
	Worst          *Worst         `json:"worst,omitempty"`
	NotVisible     bool           `json:"not_visible,omitempty"` // from outside a gateway that is not ours: it decides nothing, whatever the gate says
}

// Worst is the seed at which the difference is worst.
type Worst struct {
	Seed       uint64        `json:"seed"`
	Base       report.Number `json:"base"`
	Head       report.Number `json:"head"`
	Difference report.Number `json:"difference"`
}

// Moved says whether the interval leaves zero out.
func (r *Row) Moved() bool {
	return r.Low != nil && r.High != nil && (*r.Low > 0 || *r.High < 0)
}

// Conclude settles the verdicts of the scenarios and of the run from those of
// the rows. What is wrong with a scenario as a whole stands in its Verdict
// and Reasons already.
func (r *Result) Conclude() {
	r.Verdict = NonInferior
	var because []reason
	if len(r.Scenarios) == 0 {
		because = append(because, reason{Inconclusive, "nothing was compared"})
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		for _, text := range s.Reasons {
			because = append(because, reason{s.Verdict, s.Name + ": " + text})
		}
		gated := 0
		for k := range s.Rows {
			row := &s.Rows[k]
			if row.NotVisible && row.Tolerance != "" {
				r.Findings = append(r.Findings, s.Name+": the gate's "+row.Metric+" cannot be seen from outside the gateways, and is skipped")
			}
			if !row.Gated {
				continue
			}
			gated++
			s.Verdict = s.Verdict.gravest(row.Verdict)
			switch row.Verdict {
			case Worse:
				because = append(because, reason{Worse, s.Name + ": " + row.Metric + " is worse by more than " + row.Tolerance})
			case Inconclusive:
				because = append(because, reason{Inconclusive, s.Name + ": " + row.Metric + ": " + row.Reason})
			case NonInferior, Broken:
			}
		}
		if gated == 0 {
			because = append(because, reason{Inconclusive, s.Name + ": no metric is gated"})
		}
		if s.Verdict == "" {
			s.Verdict = NonInferior
		}
	}
	slices.SortStableFunc(because, func(a, b reason) int { return b.verdict.severity() - a.verdict.severity() })
	for _, why := range because {
		r.Verdict = r.Verdict.gravest(why.verdict)
		r.Reasons = append(r.Reasons, why.text)
	}
}

// reason is why a run has a verdict.
type reason struct {
	verdict Verdict
	text    string
}

// ExitCode returns the exit code of the program for this result.
func (r *Result) ExitCode() int {
	switch r.Verdict {
	case Broken:
		return report.ExitBroken
	case Worse:
		return report.ExitFailed
	case Inconclusive:
		return report.ExitInconclusive
	default:
		return report.ExitPass
	}
}

// SetLevels fills in the levels that follow from the number of looks.
func (r *Result) SetLevels() {
	r.Level, r.Alarms = report.Number(level(r.Looks)), report.Number(Alarms)
}
