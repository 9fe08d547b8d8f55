package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
)

func TestInferModels(t *testing.T) {
	c := router.Config{
		Providers: []router.Provider{{Name: "a", Models: []router.Model{{Name: "m", Context: 5}}}, {Name: "b"}},
		Routes:    []router.Route{{Name: "r", Targets: []string{"a/m", "b/x/y", "c/m", "b"}}, {Name: "s", Targets: []string{"b/x/y", "a/n"}, Shadow: &router.Shadow{Target: "b/later"}}},
	}
	config.InferModels(&c)
	require.Equal(t, []router.Model{{Name: "m", Context: 5}, {Name: "n"}}, c.Providers[0].Models, "what is known stays")
	require.Equal(t, []router.Model{{Name: "x/y"}, {Name: "later"}}, c.Providers[1].Models, "a model's name may have slashes")
}
