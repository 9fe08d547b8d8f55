package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
)

func deployed(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("deploy", name))
	require.NoError(t, err)
	return string(data)
}

// takes checks that serve takes these arguments, and returns how long a stop may take.
func takes(t *testing.T, args []string) time.Duration {
	t.Helper()
	require.Equal(t, "serve", args[0])
	cmd := serveCommand(system{stdout: io.Discard, stderr: io.Discard})
	require.NoError(t, cmd.ParseFlags(args[1:]))
	require.Empty(t, cmd.Flags().Args())
	grace, err := cmd.Flags().GetDuration("grace")
	require.NoError(t, err)
	drain, err := cmd.Flags().GetDuration("drain")
	require.NoError(t, err)
	return grace + drain
}

// The unit starts what there is, waits for its stop, and systemd finds it sound and safe.
func TestSystemdUnit(t *testing.T) {
	unit := deployed(t, "systemd/routedrill.service")
	joined := strings.ReplaceAll(unit, "\\\n", " ")
	start := regexp.MustCompile(`(?m)^ExecStart=(\S+) (.*)$`).FindStringSubmatch(joined)
	require.NotNil(t, start)
	stop := takes(t, strings.Fields(start[2]))
	timeout := regexp.MustCompile(`(?m)^TimeoutStopSec=(.*)$`).FindStringSubmatch(unit)
	wait, err := time.ParseDuration(timeout[1])
	require.NoError(t, err)
	require.Greater(t, wait, stop)

	tool, err := exec.LookPath("systemd-analyze") //nolint:misspell // its name
	if err != nil {
		t.Skip("the rest is for systemd to check")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "routedrill.service")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(unit, start[1], self)), 0o600))
	out, err := exec.CommandContext(t.Context(), tool, "verify", "--man=no", file).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NotContains(t, string(out), filepath.Base(file)+":", "no warning about a line of it")
	out, err = exec.CommandContext(t.Context(), tool, "security", "--offline=true", "--threshold=15", "--no-pager", file).CombinedOutput()
	require.NoError(t, err, "an exposure of 1.5 of 10 at most:\n%s", out)
}

// The image is built of what there is, by the module's version of Go, and runs as nobody.
func TestContainerfile(t *testing.T) {
	text := deployed(t, "container/Containerfile")
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	require.Contains(t, text, "FROM golang:"+string(version[1])+" AS build\n")
	stages := strings.Split(text, "\nFROM ")
	last := stages[len(stages)-1]
	require.Equal(t, "scratch", strings.SplitN(last, "\n", 2)[0])

	made := map[string]bool{"/etc/ssl/certs/ca-certificates.crt": true} // the image of Go has it
	for _, m := range regexp.MustCompile(`(?m)^RUN .*(?:-o|-p) (/\S+)`).FindAllStringSubmatch(text, -1) {
		made[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^COPY (?:--from=build )?(?:--chown=\S+ )?(.*) \S+$`).FindAllStringSubmatch(text, -1) {
		for _, source := range strings.Fields(m[1]) {
			if strings.Contains(m[0], "--from=build") {
				require.True(t, made[source], "%s is made by no step", source)
				continue
			}
			require.FileExists(t, filepath.Join("../..", source, map[bool]string{true: "go.mod"}[source == "."]))
		}
	}
	pkg := regexp.MustCompile(`go build .* (\./\S+)`).FindStringSubmatch(text)
	require.FileExists(t, filepath.Join("../..", pkg[1], "main.go"))
	require.Contains(t, text, "CGO_ENABLED=0", "scratch has no C library")

	user := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(last)
	require.NotNil(t, user, "a number, so that Kubernetes sees it is not root")
	id, err := strconv.Atoi(user[1])
	require.NoError(t, err)
	require.Positive(t, id)
	var command []string
	require.NoError(t, json.Unmarshal([]byte(regexp.MustCompile(`(?m)^CMD (.*)$`).FindStringSubmatch(last)[1]), &command))
	takes(t, command)
}

// manifest is what the test looks at of a Kubernetes object.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Selector any
		Template struct {
			Spec struct {
				TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
				SecurityContext               struct {
					RunAsNonRoot bool `yaml:"runAsNonRoot"`
				} `yaml:"securityContext"`
				Containers []struct {
					Args           []string
					Ports          []struct{ Name string }
					ReadinessProbe struct {
						HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
					} `yaml:"readinessProbe"`
					LivenessProbe struct {
						HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
					} `yaml:"livenessProbe"`
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
				Volumes []struct {
					Name      string
					ConfigMap struct{ Name string } `yaml:"configMap"`
				}
			}
		}
	}
}

// The example's config is good, its flags are taken, its probes are answered, and what
// it mounts is where it looks.
func TestKubernetesExample(t *testing.T) {
	objects := map[string]manifest{}
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(deployed(t, "kubernetes/routedrill.yaml"))))
	for {
		var m manifest
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		objects[m.Kind] = m
	}
	require.Len(t, objects, 3)
	spec := objects["Deployment"].Spec.Template.Spec
	require.Len(t, spec.Containers, 1)
	c := spec.Containers[0]
	require.Greater(t, time.Duration(spec.TerminationGracePeriodSeconds)*time.Second, takes(t, c.Args))
	require.True(t, spec.SecurityContext.RunAsNonRoot)
	require.Equal(t, "/readyz http", c.ReadinessProbe.HTTPGet.Path+" "+c.ReadinessProbe.HTTPGet.Port)
	require.Equal(t, "/healthz http", c.LivenessProbe.HTTPGet.Path+" "+c.LivenessProbe.HTTPGet.Port)
	require.Equal(t, "http", c.Ports[0].Name)

	mounted := map[string]string{}
	for _, v := range c.VolumeMounts {
		mounted[v.Name] = v.MountPath
	}
	require.Equal(t, objects["ConfigMap"].Metadata.Name, spec.Volumes[0].ConfigMap.Name)
	require.Contains(t, c.Args, mounted["config"]+"/router.yaml")
	require.Contains(t, c.Args, mounted["secrets"]+"/admin-token")
	file, err := config.Load("router.yaml", []byte(objects["ConfigMap"].Data["router.yaml"]))
	require.NoError(t, err)
	conf, err := file.RouterConfig(func(name string) (string, bool) {
		return "sk-1", strings.HasPrefix(name, config.FilePrefix+mounted["secrets"]+"/")
	})
	require.NoError(t, err)
	config.InferModels(&conf)
	_, err = router.New(conf)
	require.NoError(t, err)
}
