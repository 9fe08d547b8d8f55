package main

import (
	"io/fs"
	"os"

	"github.com/routedrill/routedrill/router/config"
)

// wordsOf are the templates a router's file names for its incidents; nil is none.
func wordsOf(f *config.File) fs.FS {
	if f.Incidents.Templates == "" {
		return nil
	}
	return os.DirFS(f.Incidents.Templates)
}

// checkWords returns what is wrong with those templates; nil where nothing is.
func checkWords(f *config.File) error { return f.CheckIncidents(wordsOf(f)) }
