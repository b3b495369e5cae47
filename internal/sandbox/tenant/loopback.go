package tenant

import (
	"net"

	"github.com/skyferry/skyferry/internal/fault"
)

// LoopbackOnly refuses an address (host:port) that others than this machine can reach. The sandbox has no TLS and
// holds copies of apps, so commands listen further only when told to.
func LoopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The address %q is not of the form host:port.", addr)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fault.New(fault.Invalid,
		"The sandbox listens on this machine only, and %q is reachable for others. Use 127.0.0.1, or say that it may.", addr)
}
