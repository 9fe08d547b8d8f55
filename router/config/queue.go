package config

import (
	"time"

	"github.com/goccy/go-yaml/ast"
)

// maxJobTime is the longest a job may wait, and its result be kept.
const maxJobTime = 30 * 24 * time.Hour

// queue reads what is deferred, and where it is kept.
func (d *decoder) queue(n ast.Node, path string, f *File) {
	q := &f.Queue
	d.mapping(n, path,
		field{"workers", d.whole(&q.Workers, 0, 10_000)},
		field{"max_jobs", d.whole(&q.MaxJobs, 1, 10_000_000)},
		field{"max_bytes", d.whole(&q.MaxBytes, 64<<10, 1<<40)},
		field{"max_tries", d.whole(&q.MaxTries, 1, 100)},
		field{"deadline", d.upTo(&q.Deadline, time.Second, maxJobTime)},
		field{"keep", d.upTo(&q.Keep, time.Second, maxJobTime)},
		field{"dir", d.text(&f.JobsDir)},
		field{"webhook", func(n ast.Node, path string) { f.JobHook = d.webhook(n, path) }},
	)
	if d.valueOf(n, "workers") == nil && q.Workers == 0 {
		d.fail(n, path, "such as workers: 8", "it needs workers, how many jobs may run at once")
	}
}
