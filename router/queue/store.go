package queue

import (
	"context"
	"sync"
)

// Store keeps jobs. It is safe for concurrent use, and changes nothing it is given
// or has returned.
type Store interface {
	// Save keeps a job in place of the one with its ID. Once it returns nil, the
	// job is there after whatever happens to the process, as far as the store
	// promises anything of the kind.
	Save(ctx context.Context, j *Job) error
	// Delete forgets a job. One that is not there is no error.
	Delete(ctx context.Context, id string) error
	// Each calls f with every job, in any order, until it returns an error, which
	// is then returned. The job is f's.
	Each(ctx context.Context, f func(*Job) error) error
	// Close ends the store's use.
	Close() error
}

// Memory is a Store that lives as long as the process. The zero value is empty and
// ready for use.
type Memory struct {
	mu   sync.Mutex
	jobs map[string]Job
}

// Save implements Store.
func (m *Memory) Save(_ context.Context, j *Job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jobs == nil {
		m.jobs = map[string]Job{}
	}
	m.jobs[j.ID] = *j
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.jobs, id)
	return nil
}

// Each implements Store.
func (m *Memory) Each(_ context.Context, f func(*Job) error) error {
	m.mu.Lock()
	jobs := make([]Job, 0, len(m.jobs))
	for _, j := range m.jobs {
		jobs = append(jobs, j)
	}
	m.mu.Unlock()
	for i := range jobs {
		if err := f(&jobs[i]); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
