package swarm

import (
	"fmt"
	"strings"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// Bounds on a drawn scenario, so that each runs in a fraction of a second.
const (
	fewest, most      = 200, 1500 // requests expected, without spikes
	shortest, longest = 20 * time.Second, 30 * time.Minute
)

// Scenario returns the scenario file of a seed, in words of the vocabulary. Its
// own seed is the same one.
func Scenario(seed uint64, words scenarios.Vocabulary) string {
	d := &draw{seed: seed, purpose: "swarm"}
	duration := d.time(shortest, longest).Truncate(time.Millisecond)
	n := d.count(fewest, most)
	w := drawWorld(d.of("world"), words.Wires)
	tasks, taskLines := w.drawTasks(d.of("tasks"), words.Clients)

	var b strings.Builder
	fmt.Fprintf(&b, "# Drawn by the swarm from the seed %d.\n", seed)
	fmt.Fprintf(&b, "version: 1\nname: swarm-%d\nseed: %d\nduration: %s\n", seed, seed, duration)
	if r := d.of("replicas"); r.chance(0.2) {
		fmt.Fprintf(&b, "replicas: %d\n", r.count(2, 20))
	}
	if w := d.of("warm"); w.chance(0.3) {
		fmt.Fprintf(&b, "warm: {at: %s, top: %d}\n", text(w.time(0, duration)), w.count(1, 50))
	}
	section(&b, "world", w.lines)
	fmt.Fprintf(&b, "load: %s\n", drawLoad(d.of("load"), n, duration))
	section(&b, "tasks", taskLines)
	section(&b, "timeline", w.drawTimeline(d.of("timeline"), tasks, duration, &words))
	section(&b, "policies", w.drawPolicy(d.of("policy"), words.Policies))
	return b.String()
}

func section(b *strings.Builder, key string, lines []string) {
	fmt.Fprintf(b, "%s:\n", key)
	for _, line := range lines {
		fmt.Fprintf(b, "  %s\n", line)
	}
}
