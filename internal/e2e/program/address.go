package program

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// Addresses are taken from below the ports that the systems we know give to outgoing connections and to listeners without a wish (32768 and up
// on Linux, 49152 and up elsewhere): nothing else comes upon a port that a test was promised, also while its program is down.
const (
	firstPort = 20000
	ports     = 12000
)

// turn counts the ports that this process was given, and begin is where it began: anywhere, since the packages' tests run side by side.
var (
	turn  atomic.Uint32
	begin = rand.Uint32N(ports)
)

// FreeAddress gives an address of this host that nobody listens on; it gives none twice before all were given.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range ports {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+(begin+turn.Add(1))%ports)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatalf("all ports from %d to %d are taken", firstPort, firstPort+ports-1)
	return ""
}
