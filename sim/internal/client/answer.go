package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/sim/record"
)

// bytesPerToken is the length of a simulated token; see fakeproviders.
const bytesPerToken = 4

// maxBody bounds what the client reads of one answer.
const maxBody = 64 << 20

// answer is what one try brought.
type answer struct {
	outcome  record.Outcome
	model    string
	content  int // bytes of text and tool arguments; embeddings: vectors × bytesPerToken
	finished bool
	filtered bool // the finish reason is that of the provider's content filter
	prompt   uint32
	output   uint32
}

func (a *answer) tokens() uint32 {
	return uint32((a.content + bytesPerToken - 1) / bytesPerToken)
}

// readWhole reads a plain answer under 200. first is called once content is there.
// length is what the headers say of its length, -1 for nothing.
func readWhole(r io.Reader, length int64, endpoint string, first func()) (answer, error) {
	data, err := readAll(r, length)
	if err != nil {
		return answer{outcome: record.ConnError}, err
	}
	a := answer{outcome: record.Invalid}
	// Nothing changes data any more, so its string need not be a copy.
	text := unsafe.String(unsafe.SliceData(data), len(data))
	if !gjson.Valid(text) {
		return a, nil
	}
	a.read(gjson.Parse(text), endpoint)
	switch {
	case a.filtered: // perhaps before it said anything
		a.outcome = record.Filtered
	case a.finished && a.content > 0:
		a.outcome = record.OK
	}
	if a.finished && a.content > 0 {
		first()
	}
	return a, nil
}

// readAll is io.ReadAll without the growing where the length is known.
func readAll(r io.Reader, length int64) ([]byte, error) {
	if length <= 0 || length > maxBody {
		return io.ReadAll(io.LimitReader(r, maxBody))
	}
	data := make([]byte, length)
	_, err := io.ReadFull(r, data)
	return data, err
}

// read takes what a whole answer or one event says.
func (a *answer) read(doc gjson.Result, endpoint string) {
	doc.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "model":
			a.model = value.Str
		case "choices":
			value.ForEach(func(_, choice gjson.Result) bool {
				a.choice(choice)
				return true
			})
		case "data":
			if endpoint == "embeddings" {
				value.ForEach(func(_, item gjson.Result) bool {
					if v := item.Get("embedding"); v.IsArray() || v.Str != "" {
						a.content += bytesPerToken
						a.finished = true
					}
					return true
				})
			}
		case "usage":
			if value.IsObject() {
				a.prompt = uint32(value.Get("prompt_tokens").Uint())
				a.output = uint32(value.Get("completion_tokens").Uint())
			}
		case "error":
			if value.IsObject() {
				a.outcome = record.StreamError
			}
		}
		return true
	})
}

// choice adds one element of `choices`, of a whole answer or a stream event.
func (a *answer) choice(choice gjson.Result) {
	choice.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "text":
			a.content += textLen(value)
		case "finish_reason":
			a.finished = a.finished || value.Str != ""
			a.filtered = a.filtered || value.Str == "content_filter"
		case "message", "delta":
			value.ForEach(func(key, value gjson.Result) bool {
				switch key.Str {
				case "content":
					a.content += textLen(value)
				case "tool_calls":
					value.ForEach(func(_, call gjson.Result) bool {
						a.content += textLen(call.Get("function.arguments"))
						return true
					})
				}
				return true
			})
		}
		return true
	})
}

// textLen is the length of a JSON string. Simulated text has no escapes, so
// that the raw length less the quotes is right and saves the copy.
func textLen(v gjson.Result) int {
	if v.Type != gjson.String {
		return 0
	}
	if strings.IndexByte(v.Raw, '\\') < 0 {
		return len(v.Raw) - 2
	}
	return len(v.Str)
}

var errLongLine = errors.New("client: a line of the stream is longer than the client reads")

// readStream reads server-sent events until [DONE], an error, or the end.
// first is called at the first content.
func readStream(r *bufio.Reader, endpoint string, first func()) (answer, error) {
	a := answer{}
	for total := 0; total < maxBody; {
		line, err := r.ReadSlice('\n')
		total += len(line)
		if err != nil {
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				a.outcome = record.Invalid
				return a, errLongLine
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				a.outcome = record.Truncated
				return a, nil
			}
			a.outcome = record.ConnError
			return a, err
		}
		data, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("data:"))
		if !ok {
			continue // comments, event names and the blank lines between events
		}
		data = bytes.TrimLeft(data, " ")
		if string(data) == "[DONE]" {
			return a.close(), nil
		}
		if !gjson.ValidBytes(data) {
			a.outcome = record.Invalid
			return a, nil
		}
		had := a.content
		a.read(gjson.ParseBytes(data), endpoint)
		if had == 0 && a.content > 0 {
			first()
		}
		if a.outcome == record.StreamError {
			return a, nil
		}
	}
	a.outcome = record.Invalid
	return a, nil
}

// close judges a stream that ended with its terminal event.
func (a *answer) close() answer {
	switch {
	case a.filtered: // perhaps before it said anything
		a.outcome = record.Filtered
	case a.content == 0:
		a.outcome = record.Invalid
	case !a.finished:
		a.outcome = record.Truncated
	default:
		a.outcome = record.OK
	}
	return *a
}
