package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/front"
	"github.com/routedrill/routedrill/router/incident"
)

// reading is what the file says at some time, with all that it names, checked as far
// as can be without the router.
type reading struct {
	file        *config.File
	config      router.Config
	hook        *config.Webhook  // of alerts; nil: none
	jobHook     *config.Webhook  // of jobs; nil: none
	token       string           // of operators; "" where there is none
	certificate *tls.Certificate // nil: no TLS
	incidents   incident.Config
	files       []string // that it is made of
}

// read reads the file, and what it names. With an error it returns what it had read, or
// nil.
func (p *plant) read() (*reading, error) {
	data, err := readFile(p.name)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	r := &reading{files: []string{p.name}}
	if r.file, err = config.Load(p.name, data); err != nil {
		return nil, err
	}
	lookup := func(name string) (string, bool) {
		if path, is := strings.CutPrefix(name, config.FilePrefix); is {
			r.add(path)
		}
		return secret(name)
	}
	if r.config, err = r.file.RouterConfig(lookup); err != nil {
		return r, err
	}
	config.InferModels(&r.config)
	if r.hook, err = r.file.AlertHook(lookup); err != nil {
		return r, err
	}
	if r.jobHook, err = r.file.JobsHook(lookup); err != nil {
		return r, err
	}
	if err := r.file.CheckKeys(&r.config); err != nil {
		return r, err
	}
	if _, err := front.New(r.file.FrontConfig()); err != nil {
		return r, fmt.Errorf("%s: server: %w", p.name, err)
	}
	if err := checkWords(r.file); err != nil {
		return r, err
	}
	r.incidents = r.file.IncidentConfig(&r.config, wordsOf(r.file))
	if r.token, err = p.readToken(r, lookup); err != nil {
		return r, err
	}
	if t := r.file.Server.TLS; t != nil {
		r.add(t.CertFile)
		r.add(t.KeyFile)
	}
	if r.certificate, err = readCertificate(r.file); err != nil {
		return r, err
	}
	for _, w := range append(r.file.Warnings(), r.file.Unlisted()...) {
		p.logger.Warn("config", "file", p.name, "warning", w)
	}
	return r, nil
}

func (r *reading) add(file string) {
	if !slices.Contains(r.files, file) {
		r.files = append(r.files, file)
	}
}

// readToken reads the operators' token: that of --admin-token-file, or else of the
// file.
func (p *plant) readToken(r *reading, lookup config.Lookup) (string, error) {
	if p.tokenFile == "" {
		set, err := r.file.AdminToken(lookup)
		return string(set), err
	}
	r.add(p.tokenFile)
	data, err := os.ReadFile(p.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--admin-token-file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if err := front.CheckToken(token); err != nil {
		return "", fmt.Errorf("--admin-token-file %s: %w", p.tokenFile, err)
	}
	return token, nil
}
