package queue

import (
	"container/heap"
	"slices"
	"time"
)

// order is the jobs that wait, in the order in which they are served.
type order struct {
	rings [Low - High + 1]ring // by priority
	later later                // those whose own wait is not over
}

// ring is the lanes of one priority; the first has its turn next.
type ring struct {
	lanes []*lane
	named map[laneName]*lane
}

type laneName struct {
	tenant string
	way    Way
}

// lane is the jobs of one tenant and way, the next one first.
type lane struct {
	laneName
	jobs []*Job
}

// add puts a job at the end of its lane, or at the front.
func (o *order) add(j *Job, front bool) {
	r := &o.rings[min(max(j.Priority, High), Low)-High]
	name := laneName{j.Tenant, j.way()}
	l := r.named[name]
	if l == nil {
		l = &lane{laneName: name}
		if r.named == nil {
			r.named = map[laneName]*lane{}
		}
		r.named[name] = l
		r.lanes = append(r.lanes, l)
	}
	if front {
		l.jobs = slices.Insert(l.jobs, 0, j)
	} else {
		l.jobs = append(l.jobs, j)
	}
}

// addLater adds a job that does not begin before an instant.
func (o *order) addLater(j *Job, until time.Time) { heap.Push(&o.later, waiting{j, until}) }

// due puts the jobs whose wait is over to the front of their lanes.
func (o *order) due(now time.Time) {
	for len(o.later) > 0 && !o.later[0].until.After(now) {
		o.add(heap.Pop(&o.later).(waiting).Job, true)
	}
}

// take removes and returns the next job of a way that may begin; nil when there
// is none. Its lane then goes behind the others.
func (o *order) take(may func(Way) bool) *Job {
	for p := range o.rings {
		r := &o.rings[p]
		for i, l := range r.lanes {
			if !may(l.way) {
				continue
			}
			j := l.jobs[0]
			l.jobs[0] = nil // let it go once it is done
			l.jobs = l.jobs[1:]
			r.lanes = slices.Delete(r.lanes, i, i+1)
			if len(l.jobs) > 0 {
				r.lanes = append(r.lanes, l)
			} else {
				delete(r.named, l.laneName)
			}
			return j
		}
	}
	return nil
}

// remove takes out the jobs that are said to go, and returns them.
func (o *order) remove(goes func(*Job) bool) (gone []*Job) {
	for p := range o.rings {
		r := &o.rings[p]
		for _, l := range r.lanes {
			l.jobs = slices.DeleteFunc(l.jobs, func(j *Job) bool {
				if goes(j) {
					gone = append(gone, j)
					return true
				}
				return false
			})
		}
		r.lanes = slices.DeleteFunc(r.lanes, func(l *lane) bool {
			if len(l.jobs) == 0 {
				delete(r.named, l.laneName)
			}
			return len(l.jobs) == 0
		})
	}
	kept := o.later[:0]
	for _, w := range o.later {
		if goes(w.Job) {
			gone = append(gone, w.Job)
		} else {
			kept = append(kept, w)
		}
	}
	clear(o.later[len(kept):])
	o.later = kept
	heap.Init(&o.later)
	return gone
}

// waiting is a job and until when it waits.
type waiting struct {
	*Job
	until time.Time
}

// later is a heap of jobs, the one whose wait is over first on top.
type later []waiting

func (l later) Len() int           { return len(l) }
func (l later) Less(i, j int) bool { return l[i].until.Before(l[j].until) }
func (l later) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push implements heap.Interface.
func (l *later) Push(x any) { *l = append(*l, x.(waiting)) }

// Pop implements heap.Interface.
func (l *later) Pop() any {
	n := len(*l) - 1
	w := (*l)[n]
	(*l)[n] = waiting{}
	*l = (*l)[:n]
	return w
}
