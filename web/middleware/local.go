package middleware

import (
	"net"
	"net/http"
	"net/netip"
)

// Local answers requests of this very host with one handler and all others with another one. A request that a proxy has
// forwarded is not local, even if the proxy is.
func Local(local, other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isLocal(r) {
			local.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

func isLocal(r *http.Request) bool {
	for _, forwarded := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
