package scenarios

import (
	"strconv"
)

// kind is what a YAML node is.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber // integer or float, as its text says
	kindString
	kindMapping
	kindSequence
)

var kindNames = [...]string{"nothing", "true or false", "a number", "a string", "a mapping", "a list"}

func (k kind) String() string { return kindNames[k] }

// origin says where a node was written.
type origin struct {
	file string // as shown in errors
	dir  string // folder that relative paths are relative to
	base bool   // dir applies: the node stands in a file that was read
}

// node is one value of a document, with its place. Decoding works on nodes
// and not on the library's tree because nodes of several files (scenario,
// world, --set) are joined into one tree, and each keeps its own place.
type node struct {
	kind   kind
	text   string // of a scalar, as written and without quotes
	pairs  []pair // of a mapping, in file order
	items  []*node
	origin *origin
	line   int
	column int
	path   string // set by label, for errors
	probe  *probe // set where the node stands for any value, see describe.go
}

// pair is one entry of a mapping; the key is a scalar node.
type pair struct {
	key   *node
	value *node
}

// get returns the value of that key, or nil; on anything but a mapping, nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, p := range n.pairs {
		if p.key.text == key {
			return p.value
		}
	}
	return nil
}

// list returns the elements of a sequence; of anything else, none.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// key returns the node of the key itself, or nil.
func (n *node) key(key string) *node {
	for _, p := range n.pairs {
		if p.key.text == key {
			return p.key
		}
	}
	return nil
}

// put sets a key to a value, in place or at the end.
func (n *node) put(key *node, value *node) {
	for i := range n.pairs {
		if n.pairs[i].key.text == key.text {
			n.pairs[i].value = value
			return
		}
	}
	n.pairs = append(n.pairs, pair{key, value})
}

// drop removes a key and its value.
func (n *node) drop(key string) {
	for i := range n.pairs {
		if n.pairs[i].key.text == key {
			n.pairs = append(n.pairs[:i:i], n.pairs[i+1:]...)
			return
		}
	}
}

func (n *node) keys() []string {
	keys := make([]string, len(n.pairs))
	for i, p := range n.pairs {
		keys[i] = p.key.text
	}
	return keys
}

// find follows a path of keys and indexes as far as it exists and returns the
// last node of it, so that an error about a missing field points at what
// should hold it. Steps are strings and ints.
func (n *node) find(steps ...any) *node {
	for _, step := range steps {
		next := (*node)(nil)
		switch s := step.(type) {
		case string:
			next = n.get(s)
		case int:
			switch {
			case n.kind == kindSequence && s < len(n.items):
				next = n.items[s]
			case n.kind == kindMapping && s < len(n.pairs):
				next = n.pairs[s].value
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// label gives every node below n its path. Aliases were copied when they were
// expanded, so every node has one path.
func (n *node) label(path string) {
	n.path = path
	for _, p := range n.pairs {
		p.key.path = join(path, p.key.text)
		p.value.label(p.key.path)
	}
	for i, item := range n.items {
		item.label(path + "[" + strconv.Itoa(i) + "]")
	}
}

// join appends a key to a path. Keys that would make the path ambiguous, like
// those of thresholds, are quoted.
func join(path, key string) string {
	if len(key) > 80 {
		key = key[:80] + "..."
	}
	if !validName(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
