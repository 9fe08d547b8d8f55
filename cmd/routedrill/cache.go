package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// Bounds on the cache of BASE's results. An entry has some 1.5 kB.
const (
	maxCacheBytes = 32 << 20
	maxEntryBytes = 64 << 10
	cacheEntry    = "*.cell"
)

// cellCache is a folder with one file for each cell of BASE that has been run. A
// file begins with the digest of the rest: what is not whole is not there. It is
// safe for several processes at once.
type cellCache struct {
	dir   string
	known int // entries that were of use
}

// openCache returns the user's cache, nil where there can be none: it saves time
// and nothing else.
func openCache() *cellCache {
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	dir = filepath.Join(dir, "routedrill", "base")
	if os.MkdirAll(dir, 0o755) != nil {
		return nil
	}
	return &cellCache{dir: dir}
}

func (c *cellCache) file(key string) string {
	return filepath.Join(c.dir, key+cacheEntry[1:])
}

// Get returns an entry that is whole, and marks it as used.
func (c *cellCache) Get(key string) []byte {
	data, err := os.ReadFile(c.file(key))
	if err != nil || len(data) < sha256.Size || len(data) > maxEntryBytes {
		return nil
	}
	sum := entrySum(key, data[sha256.Size:])
	if string(data[:sha256.Size]) != string(sum[:]) {
		_ = os.Remove(c.file(key))
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(c.file(key), now, now)
	c.known++
	return data[sha256.Size:]
}

// Put writes an entry, or nothing where it cannot.
func (c *cellCache) Put(key string, data []byte) {
	if len(data)+sha256.Size > maxEntryBytes {
		return
	}
	sum := entrySum(key, data)
	_ = writeFile(c.dir, filepath.Base(c.file(key)), func(w io.Writer) error {
		_, err := w.Write(append(sum[:], data...))
		return err
	})
}

// end keeps the cache within its bound, and says what it was good for.
func (c *cellCache) end(sys system) {
	c.trim(maxCacheBytes)
	if c.known > 0 {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: %d cells of BASE are known from earlier comparisons; --no-cache runs them again\n", c.known)
	}
}

// entrySum binds an entry to its key, so that one under another's name is none.
func entrySum(key string, data []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(key+"\n"), data...))
}

// trim removes the entries that were not used for the longest time, once they
// are more than the bound, and what an interruption left.
func (c *cellCache) trim(bound int64) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if entry, _ := filepath.Match(cacheEntry, e.Name()); !entry || e.Name()[0] == '.' {
			if time.Since(info.ModTime()) > time.Hour { // nobody is writing it any more
				_ = os.Remove(filepath.Join(c.dir, e.Name()))
			}
			continue
		}
		files = append(files, info)
		total += info.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		if total <= bound {
			return
		}
		total -= f.Size()
		_ = os.Remove(filepath.Join(c.dir, f.Name()))
	}
}

// inputs digests what decides how BASE fares in a scenario: this very program with
// its library, the scenario's name and the bytes that were read for it and for its
// world, the changes made to it, the bytes of the trace it plays back, and BASE's bytes or,
// of a built-in policy, name.
type inputs struct {
	program  string // digest; "" where it cannot be read, and then nothing has one
	world    string
	set      []string
	scenario map[*scenarios.Scenario][]string
	base     map[*scenarios.Scenario][]string
}

func newInputs(world string, set []string) *inputs {
	in := &inputs{world: world, set: set, scenario: map[*scenarios.Scenario][]string{}, base: map[*scenarios.Scenario][]string{}}
	name, err := os.Executable()
	if err != nil {
		return in
	}
	f, err := os.Open(name)
	if err != nil {
		return in
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err == nil {
		in.program = hex.EncodeToString(h.Sum(nil))
	}
	return in
}

// read notes what a scenario was read from. Nil notes nothing.
func (in *inputs) read(s *scenarios.Scenario, from []string) {
	if in != nil {
		in.scenario[s] = from
	}
}

// ofBase notes BASE's name and what it was read from in a scenario. What has bytes
// is not known by its name: another revision may have the same.
func (in *inputs) ofBase(s *scenarios.Scenario, from []string) {
	switch {
	case in == nil:
	case len(from) > 1:
		in.base[s] = append([]string{""}, from[1:]...)
	default:
		in.base[s] = from
	}
}

// of returns the digest for a scenario, "" where there is none.
func (in *inputs) of(s *scenarios.Scenario) string {
	if in.program == "" || len(in.scenario[s]) == 0 || len(in.base[s]) == 0 {
		return ""
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q %q %q %q", in.program, in.world, in.set, in.scenario[s], in.base[s])
	if trace := s.World.Load.Trace; trace != nil && !addFile(h, trace.File) {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// addFile adds the bytes of a regular file to a digest. Anything else, such as a pipe,
// can be read once only.
func addFile(h io.Writer, name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := openFile(name)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // only read
	_, err = io.Copy(h, f)
	return err == nil
}

// noted returns a readFile that appends what it reads.
func noted(all *[]string, read func(name string) ([]byte, error)) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		data, err := read(name)
		*all = append(*all, string(data))
		return data, err
	}
}
