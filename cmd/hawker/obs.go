package main

import (
	"fmt"
	"io"
	"net"
)

// writeOBSSettings tells where to point OBS; either address may be nil.
func (a *app) writeOBSSettings(w io.Writer, plain, secure net.Addr) {
	_, _ = fmt.Fprintln(w, "  In OBS: Settings > Stream > Service: Custom...")
	if plain != nil {
		_, _ = fmt.Fprintf(w, "    Server      %s\n", serverURL("rtmp", plain))
	}
	if secure != nil {
		_, _ = fmt.Fprintf(w, "    Server      %s\n", serverURL("rtmps", secure))
	}
	_, _ = fmt.Fprintf(w, "    Stream Key  the stream's key; show it with: %s stream list --show-keys\n", a.self())
}

// serverURL is what to type into OBS. A server that listens on all addresses
// is shown by one that other machines can use.
func serverURL(scheme string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + "://" + addr.String() + "/live"
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = ownAddress()
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/live"
}

// ownAddress is this machine's first address that is not a loopback one.
func ownAddress() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "localhost"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "localhost"
}
