package wire

import (
	"errors"
	"io"
	"net/http"

	"github.com/routedrill/routedrill/router/internal/sse"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// passthrough is the API the client itself speaks.
type passthrough struct{}

func (passthrough) Path(_ Target, endpoint string, _ bool) (path, query string, ok bool) {
	path, ok = openai.Path(endpoint)
	return path, "", ok
}

func (passthrough) Header(key string) http.Header {
	h := http.Header{}
	if key != "" {
		h["Authorization"] = []string{"Bearer " + key}
	}
	return h
}

func (passthrough) Unfit(*openai.Request) string { return "" }

func (passthrough) Body(r *openai.Request, t Target) []byte { return r.For(t.Model) }

func (passthrough) Answer(r *openai.Request, _ Target, body []byte) (llm.Answer, []byte, bool) {
	a, ok := openai.ReadAnswer(r.Endpoint, body)
	return a, body, ok
}

func (passthrough) Stream(_ *openai.Request, _ Target, body io.Reader) Stream {
	return &rawStream{events: sse.NewReader(body)}
}

func (passthrough) Error(body []byte) (llm.Error, []byte) {
	e, ok := openai.ReadError(body)
	if !ok {
		return e, nil
	}
	return e, body
}

// rawStream passes events on as they came.
type rawStream struct {
	events *sse.Reader
	event  Event
}

func (s *rawStream) Next() (*Event, error) {
	block, err := nextBlock(s.events)
	if err != nil {
		return nil, err
	}
	s.event.HasData, s.event.Out = block.HasData, block.Raw
	if !block.HasData {
		return &s.event, nil
	}
	var ok bool
	if s.event.Event, ok = openai.ReadEvent(block.Data); !ok {
		return nil, ErrMalformed
	}
	return &s.event, nil
}

func nextBlock(r *sse.Reader) (sse.Event, error) {
	block, err := r.Next()
	if errors.Is(err, sse.ErrTooLong) {
		err = ErrTooLong
	}
	return block, err
}
