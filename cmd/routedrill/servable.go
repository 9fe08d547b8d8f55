package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
)

// unread stands for what the environment and secret files hold, which only serve reads.
func unread(string) (string, bool) { return "unset", true }

// checkRouter checks a router's file that could be read, as serve does at its start and
// as far as the file alone shows it. What is wrong in any case is the error. What serve
// refuses is that too, unless the file leaves to a drill's world what a router needs:
// then it is returned, for drills do without it.
func checkRouter(file *config.File) (refused []*config.Error, err error) {
	if err := checkWords(file); err != nil {
		return nil, err
	}
	c, err := file.RouterConfig(unread)
	if err != nil {
		return nil, err
	}
	config.InferModels(&c)
	if err := file.CheckKeys(&c); err != nil && len(c.Routes) > 0 { // else a drill has them from its world
		return nil, err
	}
	for i, p := range file.Providers {
		if strings.Contains(p.BaseURL, "${") {
			c.Providers[i].BaseURL = "https://unset.invalid"
		}
	}
	var errs []error
	if r, err := router.New(c); err != nil {
		errs = append(errs, file.Locate(err))
	} else {
		r.Close()
	}
	if w := file.Health.Webhook; w != nil && !strings.Contains(w.URL, "${") {
		_, err := file.AlertHook(unread)
		errs = append(errs, err)
	}
	if w := file.JobHook; w != nil && !strings.Contains(w.URL, "${") {
		_, err := file.JobsHook(unread)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil && servable(file) {
		return nil, err
	}
	for _, err := range errs {
		refused = append(refused, places(err)...)
	}
	return refused, nil
}

// servable reports whether a file has of its own what a router needs.
func servable(file *config.File) bool {
	return len(file.Routes) > 0 && len(file.Providers) > 0 &&
		!slices.ContainsFunc(file.Providers, func(p config.Provider) bool { return p.BaseURL == "" })
}

// places are the errors of a file that are joined in one.
func places(err error) (list []*config.Error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, one := range joined.Unwrap() {
			list = append(list, places(one)...)
		}
		return list
	}
	var e *config.Error
	if errors.As(err, &e) {
		list = append(list, e)
	}
	return list
}
