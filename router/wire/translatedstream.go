package wire

import (
	"errors"
	"io"

	"github.com/routedrill/routedrill/router/internal/sse"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// translatedStream turns a provider's events into those of the client's API.
type translatedStream struct {
	events   *sse.Reader
	decoder  decoder
	head     openai.Head
	begun    uint64 // choices whose first event is out
	usage    llm.Usage
	hasUsage bool
	done     bool
	chunk    llm.Chunk
	out      []byte
	event    Event
}

func (s *translatedStream) Next() (*Event, error) {
	block, err := nextBlock(s.events)
	s.event = Event{HasData: true}
	s.chunk = llm.Chunk{Deltas: s.chunk.Deltas[:0]}
	switch {
	case errors.Is(err, io.EOF) && !s.done && s.decoder.Whole():
		s.chunk.Done = true
	case err != nil:
		return nil, err
	case !block.HasData: // whatever it says is not for the client
		return s.ping(), nil
	case !s.decoder.Read(block.Data, &s.chunk):
		return nil, ErrMalformed
	case s.chunk.Ping:
		return s.ping(), nil
	}
	s.translate(block.Data)
	return &s.event, nil
}

// ping is an event that keeps the client's connection alive and means nothing.
func (s *translatedStream) ping() *Event {
	s.out = append(s.out[:0], ": ping\n\n"...)
	s.event.HasData, s.event.Out = false, s.out
	return &s.event
}

func (s *translatedStream) translate(data []byte) {
	c, e := &s.chunk, &s.event
	s.out = s.out[:0]
	if c.ID != "" {
		s.head.ID = c.ID
	}
	if c.Model != "" {
		s.head.Model = c.Model
	}
	if s.head.ID == "" {
		s.head.ID = madeID(data)
	}
	if c.HasUsage {
		s.usage, s.hasUsage = c.Usage, true
	}
	e.Usage, e.HasUsage, e.Error, e.Done = c.Usage, c.HasUsage, c.Error, c.Done
	for i := range c.Deltas {
		s.delta(&c.Deltas[i])
	}
	if c.Done {
		s.done = true
		if s.head.Usage && s.hasUsage {
			s.out = openai.AppendUsageEvent(s.out, &s.head, s.usage)
		}
		s.out = append(s.out, openai.Done...)
	}
	e.Out = s.out
}

func (s *translatedStream) delta(d *llm.Delta) {
	if d.Call != nil && s.head.Endpoint == llm.Completions {
		return // nobody gave the model tools, and there is no place for them
	}
	e := &s.event
	bit := uint64(1) << min(max(d.Choice, 0), 63)
	e.Choices |= bit
	if d.Finish != "" {
		e.Finished |= bit
	}
	switch d.Finish {
	case llm.Stop, llm.ToolCalls:
		e.Stopped |= bit
	case llm.Length:
		e.Cut |= bit
	}
	n := int64(len(d.Text))
	if d.Call != nil {
		n += callBytes(&d.Call.Call)
	}
	e.ContentBytes += n
	e.Content = e.Content || n > 0
	if s.begun&bit == 0 {
		s.begun |= bit
		s.out = openai.AppendRole(s.out, &s.head, d.Choice)
	}
	s.out = openai.AppendDelta(s.out, &s.head, d)
}
