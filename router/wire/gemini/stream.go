package gemini

import "github.com/routedrill/routedrill/router/llm"

// Decoder reads the events of one stream, each an answer in part. The zero value
// is ready.
type Decoder struct {
	open   uint64 // choices begun and not finished
	any    bool   // a choice has finished
	called uint64 // choices with tool calls
	calls  [64]uint16
}

// Whole reports whether everything begun has finished.
func (d *Decoder) Whole() bool { return d.any && d.open == 0 }

// Read reads the data of one event.
func (d *Decoder) Read(data []byte, c *llm.Chunk) bool {
	var a answer
	if !a.read(data) {
		return false
	}
	c.ID, c.Model, c.Usage, c.HasUsage, c.Error = a.id, a.model, a.usage, a.hasUsage, a.failed
	for i := range a.candidates {
		d.candidate(data, &a.candidates[i], c)
	}
	return true
}

func (d *Decoder) candidate(data []byte, in *candidate, c *llm.Chunk) {
	bit := uint64(1) << in.index
	if in.text != "" {
		c.Deltas = append(c.Deltas, llm.Delta{Choice: in.index, Text: in.text})
	}
	for _, call := range in.calls { // each comes whole
		n := int(d.calls[in.index])
		if call.ID == "" {
			call.ID = madeID(data, in.index, n)
		}
		d.called |= bit
		d.calls[in.index]++
		c.Deltas = append(c.Deltas, llm.Delta{Choice: in.index, Call: &llm.CallDelta{Index: n, Call: call}})
	}
	d.open |= bit
	if in.finish == "" {
		return
	}
	if in.failed {
		c.Error = true // the model gave up
		return
	}
	d.open, d.any = d.open&^bit, true
	if in.finish == llm.Stop && d.called&bit != 0 {
		in.finish = llm.ToolCalls
	}
	c.Deltas = append(c.Deltas, llm.Delta{Choice: in.index, Finish: in.finish})
}
