package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"routedrill": main, bareProxyName: bareProxy})
}

// TestScripts runs the command line as users do: real arguments, streams and
// exit codes. Scripts are named after the subcommand they are about.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			action, err := filepath.Abs(actionDir)
			env.Setenv("ACTION", action)
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"bigfile":  bigFile,
			"longline": longLine,
			"fits":     fits,
			"partly":   partly,
			"dated":    dated,
			"aged":     aged,
			"corrupt":  corrupt,
		},
	})
}

// exits CODE COMMAND [ARG...] runs a command and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		// testscript gives the error as text only: "exit status 2".
		if _, scanErr := fmt.Sscanf(err.Error(), "exit status %d", &got); scanErr != nil {
			ts.Fatalf("%s: %v", args[1], err)
		}
	}
	if got != want {
		ts.Fatalf("%s exited with %d, want %d\n%s", strings.Join(args[1:], " "), got, want, ts.ReadFile("stderr"))
	}
}

// bigFile NAME MIB makes a large file that begins like a scenario.
func bigFile(ts *testscript.TestScript, _ bool, args []string) {
	mib, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteString("version: 1\nname: big\n")
	ts.Check(err)
	line := []byte(strings.Repeat("# nothing to see here, move along ", 30) + "\n")
	for n := 0; n < mib<<20; n += len(line) {
		_, err = f.Write(line)
		ts.Check(err)
	}
}

// longLine NAME MIB makes a request log whose second line is that long.
func longLine(ts *testscript.TestScript, _ bool, args []string) {
	mib, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := "time,provider,model,status,latency_ms,prompt_tokens,output_tokens\n" + strings.Repeat("x", mib<<20) + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// dated FILE puts the day it is into a file, in place of TODAY.
func dated(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "TODAY", time.Now().UTC().Format(time.DateOnly))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// aged FILE DAYS makes a file that old.
func aged(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	at := time.Now().Add(-time.Duration(n) * 24 * time.Hour)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), at, at))
}

// fits WIDTH checks that no line of the last stdout is wider. The replay
// command may be: it must stay one line that can be copied.
func fits(ts *testscript.TestScript, _ bool, args []string) {
	width, err := strconv.Atoi(args[0])
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > width && !strings.HasPrefix(line, "replay:") {
			ts.Fatalf("a line of %d columns, more than %d: %s", n, width, line)
		}
	}
}

// partly ARG... starts routedrill with a trace on its standard input, interrupts
// it as soon as it has read that, checks that it ends with 130, and leaves its
// streams in partial.out and partial.err.
func partly(ts *testscript.TestScript, _ bool, args []string) {
	self, err := exec.LookPath(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "routedrill"))
	ts.Check(err)
	cmd := exec.Command(self, args...)
	cmd.Dir = ts.MkAbs(".")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	trace, err := cmd.StdinPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	// Far more than a pipe holds: once it is written, it is being read, and
	// signals are caught by then.
	for i := range 200_000 {
		_, err := fmt.Fprintf(trace, "{\"timestamp\": %d, \"input_length\": 100, \"output_length\": 100, \"hash_ids\": []}\n", i*50)
		ts.Check(err)
	}
	ts.Check(trace.Close())
	ts.Check(cmd.Process.Signal(os.Interrupt))
	for range 5 {
		_ = cmd.Process.Signal(os.Interrupt) // as timeout(1) does, to the process and to its group
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != codeInterrupted {
		ts.Fatalf("exit code %d, want %d\n%s", code, codeInterrupted, stderr.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs("partial.out"), []byte(stdout.String()), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("partial.err"), []byte(stderr.String()), 0o644))
}

// corrupt DIR changes the last byte of every file of a folder.
func corrupt(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*"))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		ts.Check(err)
		data[len(data)-1] ^= 1
		ts.Check(os.WriteFile(name, data, 0o644))
	}
}
