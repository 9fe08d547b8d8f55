package scenarios

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Load reads a scenario: its file, its world, the changes of o.Set; then it
// fills in the defaults and checks everything against the vocabulary.
//
// The name is a path when it holds a slash or ends in .yaml or .yml, and the
// name of a library scenario otherwise. Every error about the content is an
// [Error]; several are joined. Load never panics and reads at most
// [MaxFileBytes] of a file. It is safe for concurrent use.
func Load(name string, o Options, words Vocabulary) (s *Scenario, err error) {
	defer func() { // the last resort: a mistake here must not take a gate down with a stack trace
		if r := recover(); r != nil {
			s, err = nil, &Error{File: name, Message: fmt.Sprintf("internal error while reading: %.300v", r)}
		}
	}()
	root, err := read(name, "scenario", o.ReadFile)
	if wrong := mistaken(name, o.ReadFile, ScenarioFile); wrong != nil {
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	if err := onlyMapping(root, "a scenario", wholeDocument(root)); err != nil {
		return nil, err
	}
	s = &Scenario{File: root.origin.file}
	changes, err := parseChanges(o.Set)
	if err != nil {
		return nil, err
	}
	own := root.get("world")
	if err := s.joinWorld(root, &o, changes); err != nil {
		return nil, withoutWorld(root, s, changes, &words, err)
	}
	for _, c := range changes {
		if err := c.apply(root); err != nil {
			return nil, err
		}
	}
	d := &decoder{words: &words}
	labelAll(root) // for errors about presets
	d.presets(root.get("world"))
	labelAll(root)
	d.scenario(root, s)
	if d.any() {
		return nil, d.err()
	}
	v := validator{decoder: d, s: s, root: root, world: root.get("world"), own: ownWorld(own, &o)}
	v.scenario()
	if d.any() {
		return nil, d.err()
	}
	return s, nil
}

// labelAll gives every node its path: in a world of its own file, as that file sees it.
func labelAll(root *node) {
	root.label("")
	if world := root.get("world"); world.origin.base && world.origin != root.origin {
		world.label("")
	}
}

// isPath tells a path from a name of the library.
func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// read reads and parses a file or a library document; what is "scenario" or
// "world".
func read(name, what string, readFile func(string) ([]byte, error)) (*node, error) {
	if !isPath(name) {
		return readLibrary(name, what)
	}
	if readFile == nil {
		return nil, &Error{File: name, Message: "files cannot be read here, only the library"}
	}
	data, err := readFile(name)
	if err != nil {
		return nil, &Error{Message: fmt.Sprintf("the %s cannot be read: %v", what, err), cause: err}
	}
	return parse(data, &origin{file: name, dir: filepath.Dir(name), base: true})
}

// wholeDocument names what a whole document is and quotes nothing of it: it may be a
// file with secrets, given by mistake.
func wholeDocument(n *node) string {
	if n.kind == kindString {
		return "a text"
	}
	return n.kind.String()
}

func onlyMapping(n *node, what, found string) error {
	if n.kind == kindMapping {
		return nil
	}
	return &Error{
		File: n.origin.file, Line: n.line, Column: n.column,
		Message: fmt.Sprintf("%s is a mapping of keys, found %s", what, found),
	}
}

// joinWorld puts the world's own document in place of its name, so that
// changes and errors reach into it, and copies the load and the tasks the
// scenario does not override.
func (s *Scenario) joinWorld(root *node, o *Options, changes []change) error {
	name, from := o.World, (*node)(nil)
	if name == "" {
		from = root.get("world")
		for _, c := range changes {
			if len(c.path) == 1 && c.path[0] == "world" {
				from = c.value
			}
		}
		if from == nil {
			return errNoWorld
		}
	}
	world, found := from, ""
	if from == nil || from.kind == kindString {
		if from != nil {
			name = from.text
			if isPath(name) {
				name = from.origin.resolve(name)
			}
		}
		var err error
		world, err = read(name, "world", o.ReadFile)
		if wrong := mistaken(name, o.ReadFile, WorldFile); wrong != nil {
			return worldError(from, wrong)
		}
		if err != nil {
			return worldError(from, err)
		}
		found = wholeDocument(world)
	} else {
		found = describe(world)
	}
	if err := onlyMapping(world, "a world", found); err != nil {
		return err
	}
	s.WorldName, s.World.File = name, world.origin.file
	if name == "" {
		s.WorldName = "inline"
	}
	key := root.key("world")
	if key == nil {
		key = &node{kind: kindString, text: "world", origin: root.origin, line: root.line, column: root.column}
	}
	root.put(key, world)
	return nil
}

// ownWorld returns the world that o.World replaced; nil when nothing was
// replaced, or when it cannot be read, which is then of no interest.
func ownWorld(from *node, o *Options) *node {
	switch {
	case o.World == "" || from == nil:
		return nil
	case from.kind != kindString:
		return from
	}
	name := from.text
	if isPath(name) {
		name = from.origin.resolve(name)
	}
	own, err := read(name, "world", o.ReadFile)
	if err != nil {
		return nil
	}
	return own
}

// errNoWorld is a scenario without a world, before it is known where to
// report it.
var errNoWorld = errors.New("no world")

// withoutWorld returns the error about the world together with what is wrong
// in the rest of the scenario: a misspelt key may be why there is no world.
func withoutWorld(root *node, s *Scenario, changes []change, words *Vocabulary, err error) error {
	d := &decoder{words: words}
	addTo := func(err error) bool {
		var e *Error
		if errors.As(err, &e) {
			d.add(e)
		}
		return e != nil
	}
	for _, c := range changes {
		if c.path[0] == "world" {
			continue // there is nothing to change
		}
		if addTo(c.apply(root)) {
			break
		}
	}
	root.label("")
	fields := d.scenarioFields(s, &World{})
	for i := range fields {
		if fields[i].key == "world" {
			fields[i].into = func(*node) {}
		}
	}
	d.mapping(root, "scenario", fields)
	d.need(root, "a scenario", "version", "duration")
	switch {
	case !errors.Is(err, errNoWorld):
		if !addTo(err) {
			return err
		}
	case !d.meant[meaning{root, "world"}]:
		d.failKey(root, "world", "world: three-providers, a path, or the world itself", "the scenario names no world")
	}
	return d.err()
}

// worldError adds where the world was named to an error that has no place.
func worldError(from *node, err error) error {
	var e *Error
	if from == nil || !errors.As(err, &e) || e.File != "" {
		return err
	}
	placed := *e
	placed.File, placed.Line, placed.Column, placed.Field = from.origin.file, from.line, from.column, "world"
	return &placed
}

// scenario decodes the whole document and fills in the defaults.
func (d *decoder) scenario(root *node, s *Scenario) {
	s.Start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Seed, s.Replicas = 1, 1
	own := World{}
	d.mapping(root, "scenario", d.scenarioFields(s, &own))
	if root.get("load") != nil {
		s.World.Load = own.Load
	}
	if root.get("tasks") != nil {
		s.World.Tasks = own.Tasks
	}
	d.need(root, "a scenario", "version", "duration")
	if s.Name == "" && root.get("name") == nil {
		s.Name = baseName(s.File)
	}
	if s.Recovery == 0 {
		s.Recovery = min(10*time.Minute, s.Duration/10)
	}
	if s.World.Name == "" {
		s.World.Name = s.WorldName
	}
	s.WorldName = s.World.Name
	s.defaultIDs()
	if t := s.World.Load.Trace; t != nil && t.Task == "" && len(s.World.Tasks) > 0 {
		t.Task = s.World.Tasks[0].Name
	}
}

// defaultIDs names the events that have no id after their kind.
func (s *Scenario) defaultIDs() {
	nth := map[string]int{}
	for i := range s.Timeline {
		e := &s.Timeline[i]
		nth[e.Fault.Kind]++
		if e.ID == "" {
			e.ID = id(e.Fault.Kind, nth[e.Fault.Kind])
		}
	}
}

// baseName is the name of a file without folder and ending.
func baseName(file string) string {
	base := filepath.Base(filepath.ToSlash(file))
	return strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
}
