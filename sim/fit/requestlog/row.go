package requestlog

import (
	"fmt"
	"time"
)

// Bounds on what is read.
const (
	maxRows    = 1_000_000
	maxLine    = 4 << 20
	maxBytes   = 8 << 30
	maxTokens  = 10_000_000
	maxName    = 256
	maxColumns = 1000
	maxTime    = 24 * time.Hour // of one request
	maxSpan    = 31 * 24 * time.Hour
)

// Row is one request.
type Row struct {
	At       time.Duration // when it was sent, since the earliest row
	Provider string        // who was asked; never empty
	Model    string        // what was asked; never empty
	Route    string        // the name that was asked for; "" when the log does not say
	Task     string        // "" when the log does not say
	Endpoint string        // chat, completions or embeddings
	Tenant   string        // "" when the log does not say
	Prompt   string        // equal for equal prompts; "" when the log does not say
	Stream   bool

	Status  int           // HTTP status; 0 when no answer came
	Latency time.Duration // to the last byte; 0 when the log does not say
	TTFT    time.Duration // to the first token of a stream; 0 when the log does not say

	PromptTokens, OutputTokens int     // 0 when the log does not say
	MaxTokens, CachedTokens    int     // 0 when the log does not say
	CostUSD                    float64 // what it cost; 0 also when the log does not say
}

// OK says whether the request was answered.
func (r *Row) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Target is the row's provider and model.
func (r *Row) Target() string { return r.Provider + "/" + r.Model }

// Log is a whole log.
type Log struct {
	Format string    // a name of Formats
	Rows   []Row     // by At; at least one. Rows of one instant keep the order of the file
	Start  time.Time // instant of the first row; zero when the log gives offsets

	Unused  []string // columns of the header that mean nothing to the format
	Skipped int      // rows that are no requests to a provider, such as hits of the gateway's cache
	Notes   []string // what the format leaves unknown or has to guess

	HasLatency, HasCost, HasStatus bool // the log says so in some row
}

// Error is something wrong with a log.
type Error struct {
	Line    int // 1-based; 0 for the whole log
	Message string
}

// Error returns the message behind the line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

func fail(line int, format string, args ...any) error {
	return &Error{Line: line, Message: fmt.Sprintf(format, args...)}
}
