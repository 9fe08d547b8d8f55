package main

import (
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long files must stay as they are before they are read: editors and
// copies write in pieces, and what belongs together comes one after the other.
const settle = 250 * time.Millisecond

// fileWatch finds out that one of some files has come to hold something else. It looks
// at whatever happens in their folders: editors put a new file in the old one's place,
// and Kubernetes a new folder behind a link. For one goroutine.
type fileWatch struct {
	log          *slog.Logger
	files        []string
	notify       *fsnotify.Watcher // nil: there is none
	events       <-chan fsnotify.Event
	errors       <-chan error
	due          <-chan time.Time // nil: nothing has happened
	seen, served [sha256.Size]byte
}

// watchFiles watches the files as they are now. It is to be closed.
func watchFiles(files []string, log *slog.Logger) *fileWatch {
	w := &fileWatch{log: log}
	var err error
	if w.notify, err = fsnotify.NewWatcher(); err != nil {
		log.Warn("files are not watched: SIGHUP reloads the config", "error", err)
		return w
	}
	w.events, w.errors = w.notify.Events, w.notify.Errors
	w.follow(files)
	return w
}

func (w *fileWatch) close() {
	if w.notify != nil {
		_ = w.notify.Close() // nothing of ours depends on it
	}
}

// follow watches these files from now on; what is in them is known.
func (w *fileWatch) follow(files []string) {
	w.files = files
	w.served = digest(files)
	w.seen = w.served
	if err := w.look(); err != nil {
		w.log.Warn("a folder is not watched: SIGHUP reloads the config", "error", err)
	}
}

// look watches where the files are, and where they are in truth. What is watched
// already stays so.
func (w *fileWatch) look() (failed error) {
	if w.notify == nil {
		return nil
	}
	for _, name := range w.files {
		if err := w.notify.Add(filepath.Dir(name)); err != nil {
			failed = err
		}
		if real, err := filepath.EvalSymlinks(name); err == nil && filepath.Dir(real) != filepath.Dir(name) {
			if err := w.notify.Add(filepath.Dir(real)); err != nil {
				failed = err
			}
		}
	}
	return failed
}

// happened is for events: it has changed looked at in a while.
func (w *fileWatch) happened() {
	if w.due == nil {
		w.due = time.After(settle)
	}
}

// changed reports whether the files hold something else than what is known, and have
// done so for a while. What they hold is known from then on.
func (w *fileWatch) changed() bool {
	w.due = nil
	_ = w.look() // a folder that is gone for a moment comes back with an event
	switch now := digest(w.files); {
	case now != w.seen: // it may still be changing
		w.seen, w.due = now, time.After(settle)
		return false
	case now != w.served:
		w.served = now
		return true
	}
	return false
}

// digest stands for what is in the files.
func digest(files []string) [sha256.Size]byte {
	h := sha256.New()
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			data = []byte(err.Error())
		}
		sum := sha256.Sum256(data)
		_, _ = h.Write(sum[:]) // a hash never fails
	}
	return [sha256.Size]byte(h.Sum(nil))
}
