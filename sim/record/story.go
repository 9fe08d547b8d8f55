package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Story is everything a run log says of one request in one cell.
type Story struct {
	Cell     LogCell         `json:"cell"`
	Request  LogRequest      `json:"request"`
	Relays   []LogRelay      `json:"relays,omitempty"`
	Choices  []LogChoice     `json:"choices,omitempty"` // in the order of Relays; empty in a log without them
	Attempts []LogAttempt    `json:"attempts,omitempty"`
	Shadows  []LogExtra      `json:"shadows,omitempty"`
	Compared []LogComparison `json:"compared,omitempty"`
	Journal  []LogEntry      `json:"journal,omitempty"`
	Breakers []LogBreaker    `json:"breakers,omitempty"` // of any target at the replicas that served it, while the request was under way
}

// ErrNoLog means that a text is no run log, or one of another version.
var ErrNoLog = errors.New("record: not a run log of this version")

// maxLine bounds a line of the log, far above what one takes.
const maxLine = 1 << 20

// ReadStories reads from a run log what it says of the request seq: a story for
// each cell in which it stands. It keeps no more than that in memory.
func ReadStories(r io.Reader, seq uint32) (LogRun, []Story, error) {
	var run LogRun
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &run) != nil || run.Type != "run" || run.LogVersion != LogVersion {
		if err := lines.Err(); err != nil {
			return run, nil, fmt.Errorf("record: %w", err)
		}
		return run, nil, ErrNoLog
	}
	var stories []Story
	var s *Story
	for n := 2; lines.Scan(); n++ {
		var head struct {
			Type string `json:"type"`
			Seq  uint32 `json:"seq"`
		}
		line := lines.Bytes()
		err := json.Unmarshal(line, &head)
		switch {
		case err != nil:
		case head.Type == "cell":
			stories = append(stories, Story{})
			s = &stories[len(stories)-1]
			err = json.Unmarshal(line, &s.Cell)
		case s != nil && (head.Seq == seq || head.Type == "breaker"):
			err = s.read(head.Type, line)
		}
		if err != nil {
			return run, nil, fmt.Errorf("record: line %d of the run log: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return run, nil, fmt.Errorf("record: %w", err)
	}
	told := stories[:0]
	for _, s := range stories {
		if s.Request.Type != "" {
			told = append(told, s)
		}
	}
	return run, told, nil
}

// read takes a line of the request. Those of its request and relays stand before
// all others of the cell.
func (s *Story) read(kind string, line []byte) error {
	switch kind {
	case "request":
		return json.Unmarshal(line, &s.Request)
	case "relay":
		return add(&s.Relays, line)
	case "choice":
		return add(&s.Choices, line)
	case "attempt":
		return add(&s.Attempts, line)
	case "shadow":
		return add(&s.Shadows, line)
	case "comparison":
		return add(&s.Compared, line)
	case "entry":
		return add(&s.Journal, line)
	case "breaker":
		var b LogBreaker
		if err := json.Unmarshal(line, &b); err != nil {
			return err
		}
		if from, to := s.span(); b.At >= from && b.At <= to && s.servedBy(b.Replica) {
			s.Breakers = append(s.Breakers, b)
		}
	}
	return nil
}

// span is from when until when the request was under way.
func (s *Story) span() (from, to time.Duration) {
	from, to = s.Request.Scheduled, s.Request.Done
	for _, r := range s.Relays {
		to = max(to, r.End)
	}
	return from, to
}

// servedBy reports whether a replica relayed the request.
func (s *Story) servedBy(replica uint8) bool {
	return len(s.Relays) == 0 || slices.ContainsFunc(s.Relays, func(r LogRelay) bool { return r.Replica == replica })
}

func add[T any](list *[]T, line []byte) error {
	var v T
	if err := json.Unmarshal(line, &v); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}
