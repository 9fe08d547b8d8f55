package config_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
)

func TestErrorsOfTheRouterAreLocated(t *testing.T) {
	f, err := config.Load("f.yaml", []byte(`version: 1
providers:
  a: {base_url: "http://127.0.0.1:1/v1"}
  a.b: {base_url: "http://169.254.169.254/v1"}
routes:
  r: [a/m]
  s: [a/m, c/m]
`))
	require.NoError(t, err)
	c, err := f.RouterConfig(func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	config.InferModels(&c)
	_, err = router.New(c)
	err = f.Locate(err)
	require.ErrorContains(t, err, "f.yaml:4: providers.a.b.base_url: it is link-local")
	require.ErrorContains(t, err, `f.yaml:7: routes.s: target "c/m" is no`)
	var e *config.Error
	require.ErrorAs(t, err, &e)
	for _, row := range []struct{ name, err, want string }{
		{"a key", "router: providers: at least one is needed", "f.yaml:2: providers: at least one is needed"},
		{"the nearest that is there", "router: providers.a.models.m.price: is too high", "f.yaml:3: providers.a.models.m.price: is too high"},
		{"a key that is not there", "queue.dir: is in use", "f.yaml:1: queue.dir: is in use"},
		{"no key", "nothing goes", "f.yaml:1: nothing goes"},
	} {
		require.EqualError(t, f.Locate(errors.New(row.err)), row.want, row.name)
	}
}

func TestTargetsThatAreNotListed(t *testing.T) {
	f, err := config.Load("f.yaml", []byte(`version: 1
providers:
  a: {models: {gpt-4.1: {price: {input: 1, output: 2}}}}
  b: {}
routes:
  r: [a/gpt-4.1, b/whatever]
  s: [a/gpt-4.11, a/other]
`))
	require.NoError(t, err)
	require.Equal(t, []string{
		`routes.s (line 7): a does not list "gpt-4.11", whose answers serve counts as free (did you mean "gpt-4.1"?)`,
		`routes.s (line 7): a does not list "other", whose answers serve counts as free`,
	}, f.Unlisted())
}
