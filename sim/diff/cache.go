package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/routedrill/routedrill/scenarios"
)

// Cache keeps what cells of BASE came to, from one comparison to the next. It may
// forget anything at any time, and has to return what was put or nothing.
type Cache interface {
	Get(key string) []byte // nil is not there
	Put(key string, data []byte)
}

// known returns the figures of BASE at a seed from an earlier comparison, or nil.
// They are looked up once.
func (c *comparison) known(d *drill, seed uint64) *figures {
	if c.o.Cache == nil || d.inputs == "" {
		return nil
	}
	if f, looked := d.kept[seed]; looked {
		return f
	}
	var f *figures
	if data := c.o.Cache.Get(d.key(seed)); data != nil {
		f = new(figures)
		if err := json.Unmarshal(data, f); err != nil || len(f.Measured) != len(d.metrics) {
			f = nil
		}
	}
	d.kept[seed] = f
	return f
}

// keep stores the figures of BASE at a seed.
func (c *comparison) keep(d *drill, seed uint64, f *figures) {
	if c.o.Cache == nil || d.inputs == "" {
		return
	}
	if data, err := json.Marshal(f); err == nil { // infinity has no JSON, and is run again
		c.o.Cache.Put(d.key(seed), data)
	}
}

// key names a cell of BASE by the content of everything that decides its figures.
func (d *drill) key(seed uint64) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d %q %d", keyVersion, d.inputs, seed)
	for i := range d.metrics {
		m := &d.metrics[i]
		_, _ = fmt.Fprintf(h, " %q %q %q", m.Metric, m.Agg, m.Select)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keyVersion changes with the meaning of figures.
const keyVersion = 1

// inputs is the digest of what decides how BASE fares in a scenario, but for the
// seed; "" for what may not be kept.
func (o *Options) inputs(s *scenarios.Scenario) string {
	if o.Inputs == nil {
		return ""
	}
	return o.Inputs(s)
}
