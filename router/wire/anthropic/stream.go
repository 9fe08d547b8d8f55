package anthropic

import (
	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Decoder reads the events of one stream:
// https://platform.claude.com/docs/en/build-with-claude/streaming
// The zero value is ready.
type Decoder struct {
	usage usage
	calls int   // begun
	block int64 // index of the tool call under way
	open  bool  // there is one
	bare  bool  // and it has no arguments so far
}

// Whole is false: a stream without its terminal event is cut.
func (*Decoder) Whole() bool { return false }

// Read reads the data of one event. Kinds of events nobody has heard of are
// passed over, as the vendor asks clients to do.
func (d *Decoder) Read(data []byte, c *llm.Chunk) bool {
	root, ok := jsonscan.Parse(data)
	if !ok {
		return false
	}
	var kind string
	var index int64
	var inner jsonscan.Value
	for name, v := range root.Fields() {
		switch string(name) {
		case "type":
			kind, _ = v.Text()
		case "index":
			index, _ = v.Int()
		case "message", "content_block", "delta":
			inner = v
		case "usage":
			d.usage.read(v)
		}
	}
	switch kind {
	case "":
		return false
	case "ping":
		c.Ping = true
	case "error":
		c.Error = true
	case "message_start":
		d.start(inner, c)
	case "content_block_start":
		return d.begin(index, inner, c)
	case "content_block_delta":
		d.add(index, inner, c)
	case "content_block_stop":
		d.end(index, c)
	case "message_delta":
		for name, v := range inner.Fields() {
			if string(name) == "stop_reason" {
				reason, _ := v.Text()
				if f := finish(reason); f != "" {
					c.Deltas = append(c.Deltas, llm.Delta{Finish: f})
				}
			}
		}
		c.Usage, c.HasUsage = d.usage.sum()
	case "message_stop":
		c.Done = true
	}
	return true
}

func (d *Decoder) start(message jsonscan.Value, c *llm.Chunk) {
	for name, v := range message.Fields() {
		switch string(name) {
		case "id":
			c.ID, _ = v.Text()
		case "model":
			c.Model, _ = v.Text()
		case "usage":
			d.usage.read(v)
		}
	}
}

// begin begins a content block. Text and arguments usually come later, but may
// stand here. It is false for a call nobody could answer.
func (d *Decoder) begin(index int64, v jsonscan.Value, c *llm.Chunk) bool {
	var choice llm.Choice
	if !readBlock(&choice, v) {
		return false
	}
	if choice.Text != "" {
		c.Deltas = append(c.Deltas, llm.Delta{Text: choice.Text})
	}
	if len(choice.Calls) == 0 {
		return true
	}
	call := choice.Calls[0]
	if len(call.Arguments) <= 2 { // {}, which stands for "to come"
		call.Arguments = ""
	}
	d.block, d.open, d.bare = index, true, call.Arguments == ""
	c.Deltas = append(c.Deltas, llm.Delta{Call: &llm.CallDelta{Index: d.calls, Call: call}})
	d.calls++
	return true
}

func (d *Decoder) add(index int64, delta jsonscan.Value, c *llm.Chunk) {
	for name, v := range delta.Fields() {
		s, _ := v.Text()
		if s == "" {
			continue
		}
		switch string(name) {
		case "text":
			c.Deltas = append(c.Deltas, llm.Delta{Text: s})
		case "partial_json":
			if d.open && d.block == index {
				d.bare = false
				c.Deltas = append(c.Deltas, d.arguments(s))
			}
		}
	}
}

// end ends a content block. A call without arguments has an empty object of them.
func (d *Decoder) end(index int64, c *llm.Chunk) {
	if !d.open || d.block != index {
		return
	}
	if d.open = false; d.bare {
		c.Deltas = append(c.Deltas, d.arguments("{}"))
	}
}

func (d *Decoder) arguments(s string) llm.Delta {
	return llm.Delta{Call: &llm.CallDelta{Index: d.calls - 1, Call: llm.Call{Arguments: s}}}
}
