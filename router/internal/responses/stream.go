package responses

import "encoding/json"

// stream makes the events of a response of those of a chat.
type stream struct {
	asked  asked
	r      *response
	n      int   // events so far
	open   *item // the message that is being written; nil: none
	calls  map[int]*item
	finish string
	out    []byte // events that have not been sent
}

// event appends an event. What it holds goes between its type and its number.
func (s *stream) event(kind string, fields map[string]any) {
	fields["type"], fields["sequence_number"] = kind, s.n
	s.n++
	data, err := json.Marshal(fields)
	if err != nil {
		return // cannot happen: texts, numbers and values that were parsed
	}
	s.out = append(append(append(s.out, "event: "...), kind...), "\ndata: "...)
	s.out = append(append(s.out, data...), "\n\n"...)
}

// at is where an item stands in the response.
func (s *stream) at(i *item) int {
	for n, other := range s.r.Output {
		if other == i {
			return n
		}
	}
	return -1
}

// take reads the data of an event of the chat.
func (s *stream) take(data []byte) {
	if string(data) == "[DONE]" {
		s.end()
		return
	}
	var c answer
	if json.Unmarshal(data, &c) != nil {
		return // nothing that the router has not let pass as harmless
	}
	if len(c.Error) > 0 && string(c.Error) != "null" {
		s.fail(c.Error)
		return
	}
	if s.r == nil {
		s.r, s.calls = s.asked.begin(&c), map[int]*item{}
		s.event("response.created", map[string]any{"response": s.r})
		s.event("response.in_progress", map[string]any{"response": s.r})
	}
	s.r.use(&c)
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		if choice.Delta != nil {
			s.add(choice.Delta)
		}
		if choice.Finish != "" {
			s.finish = choice.Finish
		}
	}
}

// add sends on what an event brings.
func (s *stream) add(p *piece) {
	if text := p.text(); text != "" {
		s.write(text, false)
	}
	if p.Refusal != "" {
		s.write(p.Refusal, true)
	}
	for n, one := range p.Calls {
		if one.Index != nil {
			n = *one.Index
		}
		i := s.calls[n]
		if i == nil {
			s.close()
			i = s.r.add(&item{Call: &function{ID: one.ID, Name: one.Function.Name}})
			s.calls[n] = i
			s.event("response.output_item.added", map[string]any{"output_index": s.at(i), "item": i})
		}
		if d := one.Function.Arguments; d != "" {
			i.Call.Arguments.WriteString(d)
			s.event("response.function_call_arguments.delta", map[string]any{"output_index": s.at(i), "item_id": i.ID, "delta": d})
		}
	}
}

// write adds to the message, and begins it, or its next part, where there is none.
func (s *stream) write(d string, refusal bool) {
	i := s.open
	if i == nil {
		i = s.r.add(&item{})
		s.open = i
		s.event("response.output_item.added", map[string]any{"output_index": s.at(i), "item": i})
	}
	n := len(i.Content)
	if n == 0 || i.Content[n-1].Refusal != refusal {
		s.closePart()
		i.Content = append(i.Content, &part{Refusal: refusal})
		n++
		s.event("response.content_part.added", s.ofPart(map[string]any{"part": i.Content[n-1]}))
	}
	i.Content[n-1].Text.WriteString(d)
	if refusal {
		s.event("response.refusal.delta", s.ofPart(map[string]any{"delta": d}))
		return
	}
	s.event("response.output_text.delta", s.ofPart(map[string]any{"delta": d, "logprobs": []any{}}))
}

// ofPart adds which part of the message is meant: the last.
func (s *stream) ofPart(fields map[string]any) map[string]any {
	fields["output_index"], fields["item_id"], fields["content_index"] = s.at(s.open), s.open.ID, len(s.open.Content)-1
	return fields
}

func (s *stream) closePart() {
	n := len(s.open.Content)
	if n == 0 {
		return
	}
	p := s.open.Content[n-1]
	if p.Refusal {
		s.event("response.refusal.done", s.ofPart(map[string]any{"refusal": p.Text.String()}))
	} else {
		s.event("response.output_text.done", s.ofPart(map[string]any{"text": p.Text.String(), "logprobs": []any{}}))
	}
	s.event("response.content_part.done", s.ofPart(map[string]any{"part": p}))
}

// close ends the message that is being written.
func (s *stream) close() {
	if s.open == nil {
		return
	}
	s.closePart()
	if s.open.Status == inProgress {
		s.open.Status = completed
	}
	s.event("response.output_item.done", map[string]any{"output_index": s.at(s.open), "item": s.open})
	s.open = nil
}

// end ends the response. Calls end here: until then a provider may add to any of them.
func (s *stream) end() {
	if s.r == nil {
		return
	}
	s.r.end(s.finish) // what is still being written ends as the response does
	s.close()
	for n, i := range s.r.Output {
		if i.Call == nil {
			continue
		}
		s.event("response.function_call_arguments.done", map[string]any{
			"output_index": n, "item_id": i.ID, "name": i.Call.Name, "arguments": i.Call.Arguments.String(),
		})
		s.event("response.output_item.done", map[string]any{"output_index": n, "item": i})
	}
	s.event("response."+s.r.Status, map[string]any{"response": s.r})
	s.r = nil
}

// fail ends the stream with the chat's error, in a way that no client takes for an end.
func (s *stream) fail(raw json.RawMessage) {
	var e struct{ Message, Code string }
	_ = json.Unmarshal(raw, &e) // one that says nothing stays empty
	s.event("error", map[string]any{"code": e.Code, "message": e.Message, "param": nil, "error": raw})
	if s.r != nil {
		s.r.Status, s.r.Error = failed, &failure{"server_error", e.Message}
		for _, i := range s.r.Output {
			if i.Status == inProgress {
				i.Status = cut
			}
		}
		s.event("response.failed", map[string]any{"response": s.r})
	}
	s.r = nil
}
