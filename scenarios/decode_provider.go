package scenarios

import "time"

func (d *decoder) provider(name string, n *node) Provider {
	p := Provider{Name: name, Vendor: name, Wire: "openai"}
	if n.probe != nil {
		d.describeProvider(n, &p)
		return p
	}
	if d.mapping(n, "provider", d.providerFields(&p)) {
		d.need(n, "a provider", "models")
	}
	if p.CutBilling == "" {
		p.CutBilling = cutBillings[0]
	}
	return p
}

// cutBillings are what a cut answer may cost, the default first.
var cutBillings = []string{"generated", "whole", "nothing"}

func (d *decoder) providerFields(p *Provider) []field {
	return []field{
		{"preset", d.name(&p.Preset)}, // it has been laid under the provider by then
		{"vendor", d.name(&p.Vendor)},
		{"region", d.name(&p.Region)},
		{"wire", d.word(&p.Wire, "wire", d.words.Wires)},
		{"rtt", d.duration(&p.RTT, 0, time.Minute)},
		{"models", d.models(&p.Models)},
		{"capacity", func(n *node) {
			if !d.mapping(n, "capacity", d.capacityFields(&p.Capacity)) {
				return
			}
			d.need(n, "a capacity", "concurrency")
			if p.Capacity.Status == 0 {
				p.Capacity.Status = 503
			}
		}},
		{"quotas", func(n *node) { d.mapping(n, "quotas", d.quotaFields(&p.Quotas)) }},
		{"weather", func(n *node) {
			if d.mapping(n, "weather", d.weatherFields(&p.Weather)) {
				d.need(n, "weather", "sigma")
			}
		}},
		{"cut_billing", d.word(&p.CutBilling, "billing of cut answers", cutBillings)},
	}
}

func (d *decoder) capacityFields(c *Capacity) []field {
	return []field{
		{"concurrency", d.count(&c.Concurrency, 1, 1_000_000)},
		{"queue", d.count(&c.Queue, 0, 1_000_000)},
		{"status", func(n *node) {
			if d.count(&c.Status, 400, 599)(n); c.Status != 0 && c.Status != 429 && c.Status != 503 && c.Status != 529 {
				d.fail(n, "", "a full provider answers 429, 503 or 529, found %d", c.Status)
			}
		}},
	}
}

// maxQuota bounds every quota.
const maxQuota = 100_000_000

func (d *decoder) quotaFields(q *Quotas) []field {
	limit := func(dst *int) func(*node) { return d.count(dst, 1, maxQuota) }
	return []field{
		{"rpm", limit(&q.RPM)},
		{"tpm", limit(&q.TPM)},
		{"itpm", limit(&q.ITPM)},
		{"otpm", limit(&q.OTPM)},
		{"rpd", limit(&q.RPD)},
		{"tpd", limit(&q.TPD)},
		{"concurrency", limit(&q.Concurrency)},
		{"acceleration", d.number(&q.Acceleration, 1.01, 100)},
		{"acceleration_floor", d.count(&q.AccelerationFloor, 1, 1_000_000_000)},
		{"window", func(n *node) {
			if d.duration(&q.Window, time.Second, maxDuration)(n); q.Window != time.Second && q.Window != 10*time.Second && q.Window != time.Minute && q.Window != 0 {
				d.fail(n, "leave it out for quotas that refill continuously", "a fixed window lasts 1s, 10s or 1m, found %s", formatDuration(q.Window))
			}
		}},
		{"charge", d.word(&q.Charge, "way to charge a quota", []string{"estimated", "reserved", "actual"})},
		{"count_cached", d.flag(&q.CountCached)},
		{"background", d.number(&q.Background, 0, 0.99)},
		{"group", d.name(&q.Group)},
	}
}

func (d *decoder) weatherFields(w *Weather) []field {
	return []field{
		{"sigma", d.number(&w.Sigma, 0, maxSigma)},
		{"correlation", d.duration(&w.Correlation, time.Second, 24*time.Hour)},
	}
}
