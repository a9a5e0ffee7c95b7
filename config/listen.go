package config

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// listeners says which field uses which listen address.
type listeners map[string]string

// listener reads a mapping whose only field is listen.
func (d *decoder) listener(to *string, taken listeners) field {
	return func(path string, n *yaml.Node) {
		d.mapping(path, n, fields{"listen": d.listen(to, taken)})
		taken.note(*to, join(path, "listen"))
	}
}

// note takes an address for the field, unless it is taken.
func (taken listeners) note(address, path string) {
	if taken[address] == "" {
		taken[address] = path
	}
}

func (d *decoder) optionalListen(to *string, taken listeners) field {
	return func(path string, n *yaml.Node) {
		if n = follow(n); n.Kind == yaml.ScalarNode && n.Value == "" && !empty(n) {
			*to = ""
			return
		}
		d.listen(to, taken)(path, n)
	}
}

// listen reads an address to listen on.
func (d *decoder) listen(to *string, taken listeners) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		host, port, err := net.SplitHostPort(text)
		switch {
		case text == "" && d.failed(path):
		case err != nil && number(text):
			d.fail(n, path, `needs a colon before the port: write ":%s"`, text)
		case err != nil || !number(port) || !listenHost(host):
			d.fail(n, path, `must be HOST:PORT or :PORT with a port from 0 to 65535, such as ":1935" or "127.0.0.1:9935"`)
		case port != "0" && taken[text] != "":
			d.fail(n, path, "is the address of %s already", taken[text])
		default:
			*to, taken[text] = text, path
		}
	}
}

func number(port string) bool {
	v, err := strconv.ParseUint(port, 10, 16)
	return err == nil && strconv.FormatUint(v, 10) == port
}

var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func listenHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "" || hostname.MatchString(host)
}
