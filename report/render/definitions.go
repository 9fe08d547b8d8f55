package render

// Definition says how one figure is computed.
type Definition struct {
	Name    string
	Formula string
	N       string // what its number of samples counts
	From    string // whose record it is taken from
}

// Definitions says how each figure is computed, in the words of the package
// documentation of report.
func Definitions() []Definition {
	return []Definition{
		{"availability", "ok ÷ requests", "requests", "client"},
		{"latency", "done − scheduled, of ok requests", "answered", "client"},
		{"error latency", "done − scheduled, of the others, dropped ones left out", "failures", "client"},
		{"TTFT", "first content token − scheduled, of ok streams", "streams", "client"},
		{"TPOT", "mean token time after the first, of the delivered entry", "answers with two tokens", "journal"},
		{"quality", "mean score of the delivering targets that have one", "scored", "audit"},
		{"cost", "Σ bill", "journal entries", "journal"},
		{"cost per 1k", "Σ bill ÷ answered × 1000", "answered", "journal, client"},
		{"price table stale", "attempts booked at a price that a fault had changed, and Σ bill − Σ booking of them; a finding for each policy", "those attempts", "audit, journal"},
		{"wasted cost", "Σ bill of entries that were not delivered", "journal entries", "journal"},
		{"failover premium", "Σ booking − Σ the same tokens at the first target of the route, of answers by another; below 0 where that is cheaper", "those answers", "audit"},
		{"hedges", "attempts beside a slow one: made, won, and Σ bill of the attempts that were cancelled because the other answered", "hedges made", "audit, journal"},
		{"retry amplification", "attempts ÷ requests with at least one relay", "those requests", "audit"},
		{"client amplification", "Σ client tries ÷ requests", "requests", "client"},
		{"cache hit ratio", "answers out of the cache, fresh or stale ÷ requests that may be answered out of it", "lookups", "audit"},
		{"served by", "answers of a provider, or out of the cache ÷ answers", "answered", "audit, else headers"},
		{"time to detect", "fault start → first reaction within the fault", "1 per fault", "audit"},
		{"time to failover", "fault start → the request from which on no minute is bad", "1 per fault", "client"},
		{"time to failback", "fault end → first minute with the old share of traffic", "1 per fault", "audit"},
	}
}
