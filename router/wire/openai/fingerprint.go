package openai

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// Repeatable reports whether an earlier answer to the same request is as good as
// a new one. Embeddings always are. Of text, what the client wants to be left to
// chance (a temperature above 0, several answers) is not, nor what depends on
// more than the request says: tools, and searches of the web.
func (r *Request) Repeatable() bool {
	if r.Endpoint == llm.Embeddings {
		return true
	}
	for name, v := range r.root.Fields() {
		if v.IsNull() {
			continue
		}
		switch string(name) {
		case "temperature":
			if t, err := strconv.ParseFloat(string(v), 64); err != nil || t != 0 {
				return false
			}
		case "n":
			if n, ok := v.Int(); !ok || n != 1 {
				return false
			}
		case "tools", "functions", "web_search_options":
			if v.Kind() == '{' || len(v) > 2 { // more than []
				return false
			}
		}
	}
	return true
}

// Fingerprint is equal for requests that ask for the same, whatever their model
// is called. It covers all they say, in whatever order and spelling the JSON has
// it, but for who asks (`user`, `safety_identifier`), what only helps the
// provider's own cache (`prompt_cache_key`), and what stands for its default. Of a
// chat's messages, space around the text and the kind of line ends do not count.
func (r *Request) Fingerprint() (sum [sha256.Size]byte) {
	p := printer{h: sha256.New()}
	p.fields(r.root, func(name []byte, v jsonscan.Value) {
		switch {
		case v.IsNull():
			return
		case string(name) == "stream" && !v.IsTrue(), string(name) == "n" && string(v) == "1":
			return
		}
		switch string(name) {
		case "model", "user", "safety_identifier", "prompt_cache_key":
			return
		case "messages":
			p.write('m', name)
			for m := range v.Elements() {
				p.message(m)
			}
		default:
			p.write('f', name)
			p.value(v)
		}
	})
	p.h.Sum(sum[:0])
	return sum
}

// printer writes JSON into a hash so that equal values, and only those, write the
// same: each piece with its kind and length.
type printer struct {
	h    hash.Hash
	head [9]byte
}

func (p *printer) write(kind byte, b []byte) {
	p.head[0] = kind
	binary.LittleEndian.PutUint64(p.head[1:], uint64(len(b)))
	_, _ = p.h.Write(p.head[:]) // a hash never fails
	_, _ = p.h.Write(b)
}

// fields visits an object's fields by name; those of one name as they stand.
func (p *printer) fields(v jsonscan.Value, visit func([]byte, jsonscan.Value)) {
	type field struct {
		name  []byte
		value jsonscan.Value
	}
	var list []field
	for name, v := range v.Fields() {
		list = append(list, field{name, v})
	}
	slices.SortStableFunc(list, func(a, b field) int { return cmp.Compare(string(a.name), string(b.name)) })
	p.write('o', nil)
	for _, f := range list {
		visit(f.name, f.value)
	}
	p.write('e', nil)
}

// value writes any value. Nesting is bounded by jsonscan.MaxDepth.
func (p *printer) value(v jsonscan.Value) {
	switch v.Kind() {
	case '{':
		p.fields(v, func(name []byte, v jsonscan.Value) {
			p.write('f', name)
			p.value(v)
		})
	case '[':
		p.write('a', nil)
		for e := range v.Elements() {
			p.value(e)
		}
		p.write('e', nil)
	case '"':
		s, _ := v.Text()
		p.write('s', []byte(s))
	default:
		p.write('r', v)
	}
}

// message writes a message of a chat, its text without what does not count.
func (p *printer) message(m jsonscan.Value) {
	if m.Kind() != '{' {
		p.value(m)
		return
	}
	p.fields(m, func(name []byte, v jsonscan.Value) {
		p.write('f', name)
		switch {
		case string(name) != "content":
			p.value(v)
		case v.Kind() == '"':
			p.text(v)
		default:
			p.write('a', nil)
			for part := range v.Elements() {
				p.fields(part, func(name []byte, v jsonscan.Value) {
					p.write('f', name)
					if string(name) == "text" && v.Kind() == '"' {
						p.text(v)
						return
					}
					p.value(v)
				})
			}
			p.write('e', nil)
		}
	})
}

func (p *printer) text(v jsonscan.Value) {
	s, _ := v.Text()
	p.write('s', bytes.ReplaceAll([]byte(strings.TrimSpace(s)), []byte("\r\n"), []byte("\n")))
}
