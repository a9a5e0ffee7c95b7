package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddr is whose request this is, for what Mount adds.
func (s *Server) ClientAddr(r *http.Request) netip.Addr {
	return clientAddr(r, s.settings.Load().TrustedProxies)
}

// clientAddr is who asks: the peer, or behind proxies that are trusted, the last
// address that they have not made up. What stands left of it in X-Forwarded-For
// was written by the client.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(addr, trusted) {
			return addr
		}
		before, ok := parseHop(hop)
		if !ok {
			return addr
		}
		addr = before
	}
	return addr
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr.WithZone("")) })
}

// parseHop reads an address with or without a port: some proxies write one.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if addr, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return addr.Unmap(), true
	}
	withPort, err := netip.ParseAddrPort(hop)
	return withPort.Addr().Unmap(), err == nil
}
