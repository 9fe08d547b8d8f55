package report

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Parts is figures by name in a fixed order. As JSON it is an object whose
// keys stand in that order.
type Parts []Part

// Get returns the part of a name, nil when there is none.
func (p Parts) Get(name string) *Part {
	for i := range p {
		if p[i].Name == name {
			return &p[i]
		}
	}
	return nil
}

// MarshalJSON implements [json.Marshaler].
func (p Parts) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p[i].Name)
		if err != nil {
			return nil, fmt.Errorf("report: part name: %w", err)
		}
		value, err := json.Marshal(p[i])
		if err != nil {
			return nil, fmt.Errorf("report: part %q: %w", p[i].Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler] and keeps the order.
func (p *Parts) UnmarshalJSON(data []byte) error {
	*p = nil
	decoder := json.NewDecoder(bytes.NewReader(data))
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("report: parts: %w", err)
	}
	if token == nil {
		return nil
	}
	if token != json.Delim('{') {
		return fmt.Errorf("report: parts: an object is wanted, not %v", token)
	}
	*p = Parts{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("report: parts: %w", err)
		}
		var part Part
		if err := decoder.Decode(&part); err != nil {
			return fmt.Errorf("report: part %v: %w", key, err)
		}
		part.Name, _ = key.(string)
		*p = append(*p, part)
	}
	return nil
}
