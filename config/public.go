package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// MaxPublicURL is how long public.url may be, in bytes: short links and codes in
// the picture begin with it.
const MaxPublicURL = 100

// public reads where viewers come, and by which way.
func (d *decoder) public(to *Public, taken listeners) field {
	return func(path string, n *yaml.Node) {
		d.mapping(path, n, fields{
			"listen":          d.optionalListen(&to.Listen, taken),
			"url":             d.publicURL(&to.URL),
			"trusted_proxies": d.list(d.proxy(&to.TrustedProxies)),
		})
		taken.note(to.Listen, join(path, "listen"))
	}
}

func (d *decoder) publicURL(to *string) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		if d.failed(path) {
			return
		}
		u, fault := webURL(text, MaxPublicURL, "https://live.example.com")
		if fault == "" {
			fault = publicFault(u, text)
		}
		if fault != "" {
			d.fail(n, path, "%s", fault)
			return
		}
		*to = u.Scheme + "://" + strings.ToLower(u.Host)
	}
}

// publicFault says what an address of viewers must not have, or nothing.
func publicFault(u *url.URL, text string) string {
	switch {
	case strings.ContainsAny(text, "?#"):
		return "must end with the host, without ? or #: write https://live.example.com"
	case u.Path != "" && u.Path != "/":
		return "has a path after the host: viewers' pages begin at /, so give them a host name of their own"
	case strings.Contains(u.Host, "%") || !listenHost(u.Hostname()):
		return "has a host that is neither a name nor an address; names in other letters than a to z are written xn--..."
	}
	return ""
}

// webURL reads the URL of a page or a picture, or says what is wrong with it,
// without repeating it.
func webURL(text string, most int, example string) (*url.URL, string) {
	u, err := url.Parse(text)
	switch {
	case !strings.HasPrefix(strings.ToLower(text), "http://") && !strings.HasPrefix(strings.ToLower(text), "https://"):
		return nil, "must begin with https:// or http://, as " + example
	case len(text) > most:
		return nil, fmt.Sprintf("is longer than %d bytes", most)
	case err != nil || strings.ContainsFunc(text, gap):
		return nil, "is not a URL such as " + example
	case strings.ContainsFunc(text, func(r rune) bool { return r < unicode.MaxASCII && notInURL(r) }):
		return nil, "has a character that no URL has: copy it from the browser's address bar"
	case u.User != nil:
		return nil, "has a user before the host, which everybody would see: write " + example
	case u.Hostname() == "":
		return nil, "has no host: write " + example
	case u.Port() != "" && !validPort(u.Port()):
		return nil, "has a port that is not a number from 1 to 65535"
	}
	return u, ""
}

// notInURL reports whether r can be in a URL in disguise only (RFC 3986,
// section 2).
func notInURL(r rune) bool {
	return r <= ' ' || r >= unicode.MaxASCII || strings.ContainsRune("\"<>\\^`{|}", r)
}

// gap reports whether r has no place in a URL.
func gap(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// proxy reads an address or a network.
func (d *decoder) proxy(to *[]netip.Prefix) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		if d.failed(path) {
			return
		}
		p, fault := network(text)
		if fault != "" {
			d.fail(n, path, "%s", fault)
			return
		}
		*to = append(*to, p)
	}
}

// network reads an address as the network of it alone. IPv4 in the clothes of
// IPv6 becomes IPv4, as the addresses of peers do.
func network(text string) (netip.Prefix, string) {
	const shape = "must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8; names are not looked up"
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, shape
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	switch {
	case p.Bits() == 0:
		return p, "is the whole internet, in which anybody may say to be anybody: name the proxies"
	case p != p.Masked():
		return p, "is no network, but an address in one: write " + p.Masked().String()
	}
	return p, ""
}
