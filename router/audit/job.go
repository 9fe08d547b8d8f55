package audit

import "time"

// JobOver is that a deferred job is done, or will never be.
type JobOver struct {
	ID        string
	RequestID string // of the request that it was accepted from
	Tenant    string // "" when the request named none
	Task      string
	Route     string
	Done      bool   // its answer can be fetched; false: it is dead, for Reason
	Reason    string // in a word; "" when it is done
	Tries     int
	Finished  time.Time
}

// JobSink is told of jobs that are over, by several goroutines at once. It must be
// quick and not block. A job may be told twice, before and after its process ended;
// one that was over when that happened may never be told.
type JobSink interface{ Job(JobOver) }
