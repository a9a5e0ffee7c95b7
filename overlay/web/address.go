package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client is who asks, behind proxies that are trusted: what limits for each address
// go by.
func (s *Server) Client(r *http.Request) netip.Addr {
	trusted := s.settings.Load().TrustedProxies
	s.warnOfProxy(r, trusted)
	return clientAddr(r, trusted)
}

// warnOfProxy says once that a proxy, as it seems, is not known as one: all who come
// by way of it are taken for one client, which is soon beyond its limits.
func (s *Server) warnOfProxy(r *http.Request, trusted []netip.Prefix) {
	if r.Header.Get("X-Forwarded-For") == "" {
		return
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return
	}
	addr := peer.Addr().Unmap()
	if (addr.IsLoopback() || addr.IsPrivate()) && !isTrusted(addr, trusted) && s.warned.CompareAndSwap(false, true) {
		s.conf.Logger.Warn("requests come with X-Forwarded-For from an address that is no trusted proxy, so that all its viewers count as one: if it is a proxy of yours, add it to public.trusted_proxies", "remote", addr.String())
	}
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
