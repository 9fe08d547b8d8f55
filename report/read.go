package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxResultBytes bounds what is read, far above what a run of a hundred cells
// has.
const maxResultBytes = 256 << 20

// ErrVersion means that a result.json is of a version this program does not
// know.
var ErrVersion = errors.New("report: version of the format is not known")

// Read reads a result.json of any version up to [Version]. What the version it
// was stored in did not know is as absent as what could not be measured.
func Read(r io.Reader) (*Result, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxResultBytes+1))
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if len(data) > maxResultBytes {
		return nil, fmt.Errorf("report: more than %d bytes", maxResultBytes)
	}
	result := new(Result)
	if err := json.Unmarshal(data, result); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if result.Version < 1 || result.Version > Version {
		return nil, fmt.Errorf("%w: %d; this program reads 1 to %d", ErrVersion, result.Version, Version)
	}
	return result, nil
}
