package repository

import (
	"crypto/rand"
	"sync"
	"time"
)

// Sessions of the proxy live so long after their last call, and there are so many; the oldest make room. A real site's figures are set in
// its virtual proxy.
const (
	proxySessionLife = 30 * time.Minute
	proxySessions    = 1000
)

// session is one of the proxy side: whoever has its cookie is this user.
type session struct {
	directory, id string
	used          time.Time
}

// sessions are those of one virtual proxy. They live in memory only.
type sessions struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]session
}

// begin makes a session and gives the value of its cookie.
func (l *sessions) begin(directory, id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.all) >= proxySessions {
		l.dropOldest()
	}
	value := rand.Text()
	l.all[value] = session{directory, id, l.now()}
	return value
}

// use gives the session of a cookie, and lets it live on; none has no user.
func (l *sessions) use(value string) session {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, is := l.all[value]
	if !is || l.now().Sub(found.used) > proxySessionLife {
		delete(l.all, value)
		return session{}
	}
	found.used = l.now()
	l.all[value] = found
	return found
}

func (l *sessions) dropOldest() {
	oldest := ""
	for value, have := range l.all {
		if oldest == "" || have.used.Before(l.all[oldest].used) {
			oldest = value
		}
	}
	delete(l.all, oldest)
}
