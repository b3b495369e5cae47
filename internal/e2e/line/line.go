// Package line is a TCP line between two programs: it counts what goes over it, and can be cut.
package line

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Line carries connections to a target. Its methods may be called at the same time.
type Line struct {
	Address string // where clients connect, HOST:PORT

	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	sent  int64 // bytes from clients to the target
	cutAt int64 // of sent; 0: no cut is due
	cuts  int
}

// Open lays a line to target (HOST:PORT); it ends with the test.
func Open(t testing.TB, target string) *Line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{Address: listener.Addr().String(), target: target, listener: listener, conns: map[net.Conn]bool{}}
	l.running.Go(l.accept)
	t.Cleanup(l.close)
	return l
}

// CutAfter drops all connections, once, when n more bytes went to the target. Nothing behind those bytes gets there.
func (l *Line) CutAfter(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutAt = l.sent + n
}

// Sent is how many bytes went to the target so far.
func (l *Line) Sent() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent
}

// Cuts is how often the line was cut.
func (l *Line) Cuts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cuts
}

func (l *Line) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.target)
		if err != nil {
			client.Close()
			continue
		}
		l.keep(client, server)
		l.running.Go(func() { l.carry(client, server, &toTarget{l, server}) })
		l.running.Go(func() { l.carry(server, client, client) })
	}
}

// carry copies one direction; when it ends, so does the connection.
func (l *Line) carry(from, back net.Conn, to io.Writer) {
	_, _ = io.CopyBuffer(to, onlyReader{from}, make([]byte, 256<<10)) // either end may be gone
	l.drop(from, back)
}

// onlyReader keeps the copy in our buffer, so that bytes are counted.
type onlyReader struct{ io.Reader }

// toTarget counts what is sent, and stops in the middle of it when the cut is due.
type toTarget struct {
	line   *Line
	target net.Conn
}

// Write implements io.Writer.
func (w *toTarget) Write(p []byte) (int, error) {
	n, cut := w.line.count(len(p))
	if _, err := w.target.Write(p[:n]); err != nil {
		return 0, err
	}
	if cut {
		w.line.cut()
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// count gives how many of n bytes may pass, and whether the line is cut behind them.
func (l *Line) count(n int) (passes int, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cut = l.cutAt > 0 && l.sent+int64(n) >= l.cutAt; cut {
		n = int(max(0, l.cutAt-l.sent))
		l.cutAt = 0
	}
	l.sent += int64(n)
	return n, cut
}

func (l *Line) keep(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		l.conns[c] = true
	}
}

func (l *Line) drop(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(l.conns, c)
	}
}

func (l *Line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cuts++
	for c := range l.conns {
		c.Close()
	}
}

func (l *Line) close() {
	l.listener.Close()
	l.mu.Lock()
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}
