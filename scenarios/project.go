package scenarios

import (
	"fmt"
	"path/filepath"
	"time"
)

// ProjectName is the name of a project's file, at the root of a repository.
const ProjectName = "routedrill.yaml"

// Bounds on a project.
const (
	maxProjectScenarios = 256
	minProjectSeeds     = 5 // with fewer, a change that changes nothing is inconclusive
	maxProjectSeeds     = 1000
	maxProjectBudget    = 24 * time.Hour
)

// Project says what a repository drills, so that `routedrill run` and
// `routedrill diff` need no arguments. Its paths are relative to its file; here
// they are as the reader of that file would open them.
type Project struct {
	File string // as it was given

	Config    string        // the router file under test
	World     string        // a path or a library name; "" is each scenario's own
	Scenarios []Named       // at least one
	Seeds     int           // 5 to 1000; 0 is not given
	Budget    time.Duration // real time for a comparison; 0 is any

	ConfigLine, WorldLine int // in the file; 0 is not given

	Gate []GateMetric // for scenarios that gate no metric themselves; nil is not given
}

// Named is a scenario as a project names it: a path, a library name, or a glob
// of either.
type Named struct {
	Name string
	Line int
}

// LoadProject reads a project's file strictly. Every error about the content is an
// [Error]; several are joined. It opens none of the files it names.
func LoadProject(name string, readFile func(string) ([]byte, error), words Vocabulary) (*Project, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, &Error{Message: fmt.Sprintf("the project cannot be read: %v", err), cause: err}
	}
	root, err := parse(data, &origin{file: name, dir: filepath.Dir(name), base: true})
	if wrong := mistaken(name, readFile, ProjectFile); wrong != nil {
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	if err := onlyMapping(root, "a project", wholeDocument(root)); err != nil {
		return nil, err
	}
	root.label("")
	p, d := &Project{File: name}, &decoder{words: &words}
	d.mapping(root, "project", d.projectFields(p))
	d.need(root, "a project", "version", "config", "scenarios")
	if d.any() {
		return nil, d.err()
	}
	return p, nil
}

func (d *decoder) projectFields(p *Project) []field {
	version := 0
	return []field{
		{"version", d.version(&version)},
		{"config", d.projectConfig(p)},
		{"world", d.projectWorld(p)},
		{"scenarios", d.projectScenarios(&p.Scenarios)},
		{"seeds", d.count(&p.Seeds, minProjectSeeds, maxProjectSeeds)},
		{"budget", d.duration(&p.Budget, time.Second, maxProjectBudget)},
		{"gate", func(n *node) {
			p.Gate = nil
			d.gateMetrics(n, nil, &p.Gate)
			for i := range p.Gate {
				if len(p.Gate[i].Select) > 0 {
					d.fail(d.gateKeys[i], "write it into the scenario's own gate", "a project's gate is for every scenario and takes no selector")
				}
			}
		}},
	}
}

func (d *decoder) projectConfig(p *Project) func(*node) {
	return func(n *node) {
		switch {
		case n.probe != nil:
			n.probe.take(patternForm(pathPattern, "router.yaml"))
		case !d.expect(n, kindString):
		case !isPath(n.text):
			d.fail(n, "like router.yaml", "%.80q is not the path of a router file: it has a slash or ends in .yaml", n.text)
		default:
			p.Config, p.ConfigLine = n.origin.resolve(n.text), lineOf(n)
		}
	}
}

func (d *decoder) projectWorld(p *Project) func(*node) {
	return func(n *node) {
		switch {
		case n.probe != nil:
			n.probe.take(textForm(maxPath, "world.yaml", "three-providers"))
		case !d.expect(n, kindString):
		case isPath(n.text):
			p.World, p.WorldLine = n.origin.resolve(n.text), lineOf(n)
		case libraryFile(n.text, worldGroup) == "":
			d.fail(n, didYouMean(n.text, libraryNames(worldGroup)), "the library has no world %.80q", n.text)
		default:
			p.World, p.WorldLine = n.text, lineOf(n)
		}
	}
}

func (d *decoder) projectScenarios(dst *[]Named) func(*node) {
	return func(n *node) {
		*dst = nil
		d.list(n, "scenarios", maxProjectScenarios, func(item *node) {
			if item.probe != nil {
				item.probe.take(textForm(maxPath, "incidents/*", "drills/*.yaml"))
				return
			}
			if !d.expect(item, kindString) {
				return
			}
			name := item.text
			if isPath(name) && len(inGroup(name)) == 0 {
				name = item.origin.resolve(name)
			} else if _, err := Expand(name); err != nil {
				d.fail(item, didYouMean(name, libraryNames(scenarioGroups)), "the library has no scenario %.80q", name)
			}
			*dst = append(*dst, Named{name, lineOf(item)})
		})
		if n.kind == kindSequence && len(n.items) == 0 {
			d.fail(n, "scenarios: ['incidents/*']", "the list is empty")
		}
	}
}
