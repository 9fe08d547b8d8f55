package report

// Summary is one policy of one run in a line, over all seeds.
type Summary struct {
	Scenario     string
	Policy       string
	Seeds        int
	Availability *Ratio  // the lowest of its seeds; nil when none could be measured
	Verdict      Verdict // the gravest of its seeds
	Run          Verdict // of the whole run: a fault that hit nothing is no policy's
}

// Summaries returns a line for each policy, in the order of the cells.
func (r *Result) Summaries() []Summary {
	var list []Summary
	at := make(map[string]int)
	for i := range r.Cells {
		c := &r.Cells[i]
		k, known := at[c.Policy]
		if !known {
			k = len(list)
			at[c.Policy] = k
			list = append(list, Summary{Scenario: r.Scenario, Policy: c.Policy, Verdict: c.Verdict, Run: r.Verdict})
		}
		s := &list[k]
		s.Seeds++
		s.Verdict = s.Verdict.worse(c.Verdict)
		if c.Availability != nil && (s.Availability == nil || *c.Availability < *s.Availability) {
			s.Availability = c.Availability
		}
	}
	return list
}
