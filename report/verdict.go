package report

// Verdict is the judgement over a threshold, a cell or a run.
type Verdict string

// The verdicts. Where several apply to a run, broken comes before failed,
// failed before inconclusive, inconclusive before pass.
const (
	Pass         Verdict = "pass"
	Failed       Verdict = "failed"       // a threshold is crossed
	Inconclusive Verdict = "inconclusive" // there is too little to judge by
	Broken       Verdict = "broken"       // an invariant does not hold
	Ungated      Verdict = "ungated"      // of a cell only: shown, but not judged by thresholds
	Skipped      Verdict = "skipped"      // of a threshold only: the world has nothing that it speaks of
)

// The exit codes of the verdicts.
const (
	ExitPass         = 0
	ExitInconclusive = 97
	ExitBroken       = 98
	ExitFailed       = 99
)

// severity orders the verdicts.
func (v Verdict) severity() int {
	switch v {
	case Broken:
		return 3
	case Failed:
		return 2
	case Inconclusive:
		return 1
	default:
		return 0
	}
}

// worse returns the graver of two verdicts.
func (v Verdict) worse(other Verdict) Verdict {
	if other.severity() > v.severity() {
		return other
	}
	return v
}

// ExitCode returns the exit code of the program for a run with this result.
// An interrupted run exits with 130 whatever its result; that is the
// caller's to know.
func (r *Result) ExitCode() int {
	switch r.Verdict {
	case Broken:
		return ExitBroken
	case Failed:
		return ExitFailed
	case Inconclusive:
		return ExitInconclusive
	default:
		return ExitPass
	}
}
