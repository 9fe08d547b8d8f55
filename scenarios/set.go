package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// change is one --set.
type change struct {
	path  []string
	value *node
}

// setOrigin begins what errors name as the file of a --set.
const setOrigin = "--set "

// maxChanges bounds how many changes one reading takes.
const maxChanges = 1000

func parseChanges(set []string) ([]change, error) {
	if len(set) > maxChanges {
		return nil, &Error{File: "--set", Message: fmt.Sprintf("given %d times; at most %d", len(set), maxChanges)}
	}
	var out []change
	var p problems
	for _, text := range set {
		c, err := parseChange(text)
		var e *Error
		if errors.As(err, &e) {
			p.add(e)
			continue
		}
		out = append(out, c)
	}
	return out, p.err()
}

// parseChange reads key.path=value. Dots part the keys, so a key that holds
// one, such as gpt-4.1, stands in double quotes: world.providers.openai.models."gpt-4.1".quality=0.5.
func parseChange(text string) (change, error) {
	from := &origin{file: setOrigin + visible(clip(text))}
	c := change{}
	fail := func(hint, format string, args ...any) (change, error) {
		return c, &Error{File: from.file, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	steps, value, ok := splitPath(text)
	if !ok {
		return fail("", "not of the form key.path=value")
	}
	if len(steps) > maxDepth {
		return fail("", "the path is deeper than %d levels", maxDepth)
	}
	c.path = steps
	if strings.TrimSpace(value) == "" {
		return fail("", "there is no value; write null for nothing")
	}
	if comparison := strings.TrimSpace(value); comparison[0] == '>' || comparison[0] == '=' {
		// `>= 0.99`, a threshold: YAML would take the sign for the head of a block.
		value = strconv.Quote(comparison)
	}
	root, err := parse([]byte(value), from)
	if err != nil {
		return c, err
	}
	root.unplaced()
	c.value = root
	return c, nil
}

// unplaced takes the line and column away: they would be those of the value.
func (n *node) unplaced() {
	n.line, n.column = 0, 0
	for _, p := range n.pairs {
		p.key.unplaced()
		p.value.unplaced()
	}
	for _, item := range n.items {
		item.unplaced()
	}
}

// splitPath parts the keys of a path from each other and from the value. A
// key may stand in double quotes, a list index in brackets as well as by itself.
func splitPath(text string) (steps []string, value string, ok bool) {
	rest := text
	for {
		step := ""
		if strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, "", false
			}
			step, rest = rest[1:1+end], rest[2+end:]
		} else {
			end := strings.IndexAny(rest, ".=[]")
			if end < 0 {
				return nil, "", false
			}
			step, rest = rest[:end], rest[end:]
		}
		step = strings.TrimSpace(step)
		if step == "" || rest == "" {
			return nil, "", false
		}
		steps = append(steps, step)
		rest = strings.TrimPrefix(rest, "]")
		if rest == "" {
			return nil, "", false
		}
		switch rest[0] {
		case '=':
			return steps, rest[1:], true
		case '.', '[':
			rest = rest[1:]
		default:
			return nil, "", false
		}
	}
}

// apply makes the change. Missing mappings are made; a list is changed at an
// index it has, or grows by one at the index behind its last.
func (c *change) apply(root *node) error {
	if len(c.path) == 1 && c.path[0] == "world" {
		return nil // joinWorld has taken it
	}
	c.reachWorld(root)
	n := root
	for i, step := range c.path[:len(c.path)-1] {
		next, err := c.child(n, i, step)
		if err != nil {
			return err
		}
		if c.inLoad(i) {
			settleLoad(n, step)
		}
		n = next
	}
	last := len(c.path) - 1
	step := c.path[last]
	switch n.kind {
	case kindMapping:
		n.put(c.key(step), c.value)
		if c.inLoad(last) {
			settleLoad(n, step)
		}
	case kindSequence:
		at, err := c.index(n, last, step)
		if err != nil {
			return err
		}
		if at == len(n.items) {
			n.items = append(n.items, c.value)
		} else {
			n.items[at] = c.value
		}
	}
	return nil
}

// inLoad reports whether step i of the path is a key of a load.
func (c *change) inLoad(i int) bool {
	parent := strings.Join(c.path[:i], ".")
	return parent == "load" || parent == "world.load"
}

// reachWorld lets load.x and tasks.x mean the world's where the scenario has
// none of its own.
func (c *change) reachWorld(root *node) {
	first := c.path[0]
	if len(c.path) < 2 || first != "load" && first != "tasks" || root.get(first) != nil {
		return
	}
	if world := root.get("world"); world != nil {
		if theirs := world.get(first); theirs != nil {
			root.put(c.key(first), theirs)
		}
	}
}

// settleLoad drops the other ways to say the load: setting load.rate, or
// anything below load.trace, of a scenario with stages means to replace them.
func settleLoad(load *node, step string) {
	ways := []string{"rate", "stages", "trace"}
	if !slices.Contains(ways, step) {
		return
	}
	for _, way := range ways {
		if way != step {
			load.drop(way)
		}
	}
	if step != "trace" {
		return
	}
	// A trace says when requests arrive. What the file says about that goes
	// with the rate; what another --set says is a contradiction to report.
	for _, key := range []string{"arrivals", "spikes", "burstiness"} {
		if k := load.key(key); k != nil && k.origin.base {
			load.drop(key)
		}
	}
}

func (c *change) key(text string) *node {
	return &node{kind: kindString, text: text, origin: c.value.origin}
}

// child returns what a step of the path leads to, and makes a mapping where
// there is nothing.
func (c *change) child(n *node, i int, step string) (*node, error) {
	var next *node
	switch n.kind {
	case kindMapping:
		if next = n.get(step); next == nil || next.kind == kindNull {
			next = &node{kind: kindMapping, origin: c.value.origin}
			if c.inLoad(i) && step == "stages" {
				next.kind = kindSequence // the first stage of a load that had none
			}
			n.put(c.key(step), next)
		}
	case kindSequence:
		at, err := c.index(n, i, step)
		if err != nil {
			return nil, err
		}
		if at == len(n.items) {
			n.items = append(n.items, &node{kind: kindMapping, origin: c.value.origin})
		}
		next = n.items[at]
	}
	if next.kind != kindMapping && next.kind != kindSequence {
		return nil, c.fail(i, fmt.Sprintf("is %s and holds no %q", describe(next), c.path[i+1]))
	}
	return next, nil
}

func (c *change) index(n *node, i int, step string) (int, error) {
	at, err := strconv.Atoi(step)
	if err != nil {
		for j, item := range n.items { // a name is what a person knows
			for _, key := range []string{"name", "id"} {
				if v := item.get(key); v != nil && v.text == step {
					return j, nil
				}
			}
		}
	}
	if err != nil || at < 0 || at > len(n.items) {
		return 0, c.fail(i-1, fmt.Sprintf("is a list of %d and %q is none of its elements%s", len(n.items), step, elements(n)))
	}
	return at, nil
}

// elements says how those of a list may be named: by their index, by the next one to
// add another, by a name or an id.
func elements(n *node) string {
	const most = 8
	text := "; 0 adds the first"
	if last := len(n.items) - 1; last >= 0 {
		text = fmt.Sprintf("; they are 0 to %d, %d adds one", last, last+1)
	}
	var names []string
	for _, item := range n.items {
		for _, key := range []string{"name", "id"} {
			if v := item.get(key); v != nil && len(names) < most {
				names = append(names, visible(clip(v.text)))
			}
		}
	}
	if len(names) > 0 {
		text += ", or by name: " + strings.Join(names, ", ")
	}
	return text
}

func (c *change) fail(i int, message string) error {
	return &Error{File: c.value.origin.file, Message: visible(strings.Join(c.path[:i+1], ".")) + " " + message}
}
