package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
)

// The exit codes, as exitHelp documents them. 99 is k6's code for a crossed
// threshold.
const (
	codePass         = 0
	codeUnexpected   = 1
	codeUsage        = 2
	codeInconclusive = 97
	codeBroken       = 98
	codeCrossed      = 99
	codeInterrupted  = 130
)

// exit is an error that carries an exit code. A nil err says nothing on
// stderr: the report has said it all.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// usage is an error of the command line or of a file: exit code 2.
func usage(format string, args ...any) error {
	return &exit{codeUsage, fmt.Errorf(format, args...)}
}

// exitCode says which code err ends the program with, and whether it has
// nothing to print.
func exitCode(err error) (code int, quiet bool) {
	var e *exit
	if errors.As(err, &e) {
		return e.code, e.err == nil
	}
	var bad *scenarios.Error
	if errors.As(err, &bad) {
		return codeUsage, false
	}
	// Cobra has no typed errors for an unknown command or a wrong count of arguments.
	for _, start := range []string{"unknown command", "requires at least", "accepts ", "unknown flag", "required flag"} {
		if strings.HasPrefix(err.Error(), start) {
			return codeUsage, false
		}
	}
	return codeUnexpected, false
}

// worst orders codes by design: 1, then 98, 99, 97, 0.
func worst(a, b int) int {
	for _, code := range []int{codeUnexpected, codeBroken, codeCrossed, codeInconclusive} {
		if a == code || b == code {
			return code
		}
	}
	return codePass
}
