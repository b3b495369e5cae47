// Package program starts the real program for end-to-end tests: it builds it once, runs commands, waits for the lines
// that they print when ready, and ends them, gently or by kill -9.
package program

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the program once; SKYFERRY_PROGRAM names one that is built already.
var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SKYFERRY_PROGRAM"); path != "" {
		return path, nil
	}
	folder, err := os.MkdirTemp("", "skyferry-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "skyferry")
	command := exec.Command("go", "build", "-o", path, "./cmd/skyferry")
	command.Dir = Root()
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// Root is the project's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0) //nolint:dogsled // this file is what is asked for
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Clean removes the built program; call it at the end of TestMain.
func Clean() {
	if path, err := build(); err == nil && os.Getenv("SKYFERRY_PROGRAM") == "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
}

// Process is a running program.
type Process struct {
	Started time.Time
	Ready   time.Duration // from start to the last ready line
	Lines   map[string][]string
	command *exec.Cmd
	stderr  *lockedBuffer
	done    chan struct{}
	err     error
}

// Start runs a command and waits until it has printed a line that begins with each of the words in ready.
func Start(t testing.TB, env []string, ready []string, args ...string) *Process {
	t.Helper()
	p, err := TryStart(env, ready, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

// TryStart is Start with an error.
func TryStart(env []string, ready []string, args ...string) (*Process, error) {
	path, err := build()
	if err != nil {
		return nil, err
	}
	p := &Process{Started: time.Now(), Lines: map[string][]string{}, stderr: &lockedBuffer{}, done: make(chan struct{})}
	p.command = exec.Command(path, args...)
	p.command.Env = append(os.Environ(), env...)
	p.command.Stderr = p.stderr
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	told := make(chan struct{})
	go p.read(stdout, ready, told)
	select {
	case <-told:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%v ended before it was ready: %v\n%s", args, p.err, p.stderr)
	case <-time.After(60 * time.Second):
		p.Kill()
		return nil, fmt.Errorf("%v is not ready after a minute\n%s", args, p.stderr)
	}
}

func (p *Process) read(stdout io.Reader, ready []string, told chan struct{}) {
	scanner := bufio.NewScanner(stdout)
	missing := len(ready)
	seen := map[string]int{}
	for scanner.Scan() {
		word, rest, _ := strings.Cut(scanner.Text(), " ")
		if missing > 0 {
			p.Lines[word] = append(p.Lines[word], rest)
			seen[word]++
			if count(ready, word) >= seen[word] {
				missing--
			}
			if missing == 0 {
				p.Ready = time.Since(p.Started)
				close(told)
			}
		}
	}
	p.err = p.command.Wait()
	close(p.done)
}

func count(words []string, word string) (n int) {
	for _, w := range words {
		if w == word {
			n++
		}
	}
	return n
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.command.Process.Pid }

// Kill is kill -9; it returns when the process is gone.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	<-p.done
}

// Stop asks the process to end and says how long that took; it is killed after 20 seconds.
func (p *Process) Stop() time.Duration {
	started := time.Now()
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.Kill()
	}
	return time.Since(started)
}

// ExitCode is how the process ended; -1 for a signal. It is valid after Stop or Kill.
func (p *Process) ExitCode() int { return p.command.ProcessState.ExitCode() }

// Log is what the process has written to stderr.
func (p *Process) Log() string { return p.stderr.String() }

// Run runs a command to its end and gives its output and exit code.
func Run(ctx context.Context, env []string, stdin string, args ...string) (stdout, stderr string, code int, err error) {
	path, err := build()
	if err != nil {
		return "", "", 0, err
	}
	command := exec.CommandContext(ctx, path, args...)
	command.Env = append(os.Environ(), env...)
	command.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err = command.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return out.String(), errs.String(), exit.ExitCode(), nil
	}
	return out.String(), errs.String(), 0, err
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
