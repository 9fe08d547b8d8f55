package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// LoadWorld reads what fake providers need and no more: a scenario, as [Load]
// does, or a world by itself. A world becomes a scenario without a timeline,
// whose load and tasks may be missing; o.Set reaches into it as world.x=value,
// and o.World is for scenarios only.
//
// A name that is not a path is looked up among the library's scenarios first,
// then among its worlds. A file is a world if it has `providers`.
func LoadWorld(name string, o Options, words Vocabulary) (s *Scenario, err error) {
	defer func() { // as in Load
		if r := recover(); r != nil {
			s, err = nil, &Error{File: name, Message: fmt.Sprintf("internal error while reading: %.300v", r)}
		}
	}()
	if !isPath(name) {
		if libraryFile(name, scenarioGroups) != "" {
			return Load(name, o, words)
		}
		if libraryFile(name, worldGroup) == "" {
			all := append(libraryNames(scenarioGroups), libraryNames(worldGroup)...)
			return nil, &Error{Message: fmt.Sprintf("the library has no scenario and no world %.80q", name), Hint: didYouMean(name, all)}
		}
	}
	if kind, _ := kindGiven(name, o.ReadFile); kind != ScenarioFile {
		if wrong := mistaken(name, o.ReadFile, WorldFile); wrong != nil {
			return nil, wrong
		}
	}
	world, err := read(name, "world", o.ReadFile)
	if err != nil {
		return nil, err
	}
	if world.kind != kindMapping || world.get("providers") == nil {
		return Load(name, o, words)
	}
	if o.World != "" {
		return nil, &Error{File: world.origin.file, Message: "this is a world already, and only a scenario can be given another one"}
	}
	return loadWorld(world, &o, &words)
}

// loadWorld makes a scenario of a world's document.
func loadWorld(world *node, o *Options, words *Vocabulary) (*Scenario, error) {
	changes, err := parseChanges(o.Set)
	if err != nil {
		return nil, err
	}
	file := world.origin.file
	s := &Scenario{
		File: file, Version: 1, Name: baseName(file), Start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Duration: maxDuration, Seed: 1, Replicas: 1,
	}
	s.World.File = file
	whole := *world.origin // another one, so that paths are those of the world's own file
	root := &node{kind: kindMapping, origin: &whole, line: world.line, column: world.column}
	root.put(&node{kind: kindString, text: "world", origin: root.origin}, world)
	for _, c := range changes {
		if c.path[0] != "world" || len(c.path) == 1 {
			return nil, &Error{
				File: c.value.origin.file, Message: "a world by itself has nothing else to change",
				Hint: "world.providers.NAME.rtt=50ms",
			}
		}
		if err := c.apply(root); err != nil {
			return nil, err
		}
	}
	d := &decoder{words: words}
	labelAll(root)
	d.presets(root.get("world"))
	labelAll(root)
	d.mapping(world, "world", d.worldFields(&s.World))
	if d.any() {
		return nil, d.err()
	}
	if s.World.Name == "" {
		s.World.Name = s.Name
	}
	s.WorldName = s.World.Name
	v := validator{decoder: d, s: s, root: root, world: world}
	if len(s.World.Providers) == 0 {
		v.fail(world.get("providers"), "", "the world has no provider")
		return nil, d.err()
	}
	v.quotaGroups()
	v.routes()
	v.worldTasks()
	if d.any() {
		return nil, d.err()
	}
	return s, nil
}

// worldTasks checks the tasks of a world whose load is of no interest.
func (v *validator) worldTasks() {
	list := v.part("tasks")
	for i, t := range v.s.World.Tasks {
		if slices.ContainsFunc(v.s.World.Tasks[:i], func(o Task) bool { return o.Name == t.Name }) {
			v.failKey(list.find(i), "name", "", "a task named %q stands above", t.Name)
		}
		v.taskModel(list.find(i), t)
	}
}
