package trace

import (
	"bufio"
	"errors"
	"io"
)

// lineGuard passes a stream through and fails when a line grows longer than
// maxLine, so that a reader behind it cannot be made to collect one endlessly.
type lineGuard struct {
	r    io.Reader
	line int // lines ended so far
	run  int // bytes of the present line
	err  error
}

// Read implements io.Reader.
func (g *lineGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			g.line++
			g.run = 0
			continue
		}
		if g.run++; g.run > maxLine {
			g.err = fail(g.line+1, "longer than %d bytes", maxLine)
			return i, g.err
		}
	}
	return n, err
}

// scanner reads line by line.
func scanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), maxLine+2) // a line may end in CRLF
	return s
}

func scanError(line int, err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return fail(line+1, "longer than %d bytes", maxLine)
	}
	return readError(line+1, err)
}
