package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/routedrill/routedrill/router/config"
)

// maxSecret is the largest file a secret is read from, in bytes.
const maxSecret = 64 << 10

// secret finds what a ${NAME} of a router's file stands for; see config.Lookup. Of a
// file the last line's end does not count, which editors and `echo` leave there.
func secret(name string) (string, bool) {
	path, is := strings.CutPrefix(name, config.FilePrefix)
	if !is {
		return os.LookupEnv(name)
	}
	f, err := os.Open(path)
	if err != nil {
		return reason(err), false
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		return reason(err), false
	case len(data) > maxSecret:
		return "it is above 64 KiB", false
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), true
}

// reason is an error of a file without the file's name.
func reason(err error) string {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err
	}
	return err.Error()
}
