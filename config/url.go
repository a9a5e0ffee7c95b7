package config

import (
	"net/url"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// server finds out where the destination publishes: at its own url, or else at
// the platform's server.
func (d *decoder) server(path string, n, platform *yaml.Node, at places, to *Destination) {
	p, known := d.platform(path, platform, to.Platform)
	if at.backupURL != nil {
		d.checkURL(join(path, "backup_url"), at.backupURL, to.BackupURL, to)
	}
	switch {
	case at.url != nil:
		d.checkURL(join(path, "url"), at.url, to.URL, to)
	case platform == nil:
		d.fail(n, join(path, "url"), "is missing: write url: rtmp://HOST/APP, or platform: and one of %s", d.platformList())
	case known && p.NeedsURL:
		d.fail(n, join(path, "url"), "is missing: %s gives each streamer a server of their own. %s", to.Platform, p.FindURL)
	case known:
		to.URL = p.Server
		if at.backupURL == nil {
			to.BackupURL = p.BackupServer
		}
	}
}

func (d *decoder) platform(path string, n *yaml.Node, id string) (Platform, bool) {
	path = join(path, "platform")
	if n == nil || d.failed(path) {
		return Platform{}, false
	}
	if d.opts.Platform != nil {
		if p, ok := d.opts.Platform(id); ok {
			return p, true
		}
	}
	d.fail(n, path, "unknown platform%s%s", quote(id), suggestion(id, d.opts.PlatformIDs))
	return Platform{}, false
}

func (d *decoder) platformList() string {
	if len(d.opts.PlatformIDs) == 0 {
		return "the known ones"
	}
	return strings.Join(d.opts.PlatformIDs, ", ")
}

// checkURL checks a server that the file gives. Its errors do not repeat the
// URL, whose end may be a key.
func (d *decoder) checkURL(path string, n *yaml.Node, server string, to *Destination) {
	if d.failed(path) {
		return
	}
	if wrong := urlFault(server); wrong != "" {
		d.fail(n, path, "%s", wrong)
	} else if endsWithKey(server, to.Key.Reveal()) {
		d.fail(n, path, "ends with the key: cut the key off, it is given by itself")
	}
}

// urlFault says what is wrong with a server URL, or nothing.
func urlFault(text string) string {
	const shape = "write rtmp://HOST/APP or rtmps://HOST/APP"
	u, err := url.Parse(text)
	switch {
	case !strings.HasPrefix(text, "rtmp://") && !strings.HasPrefix(text, "rtmps://"):
		return "must begin with rtmp:// or rtmps://: " + shape
	case strings.TrimSpace(text) != text || err != nil:
		return "is not a URL: " + shape
	case u.Hostname() == "":
		return "has no host: " + shape
	case u.Port() != "" && !validPort(u.Port()):
		return "has a port that is not a number from 1 to 65535"
	case u.User != nil:
		return "has a user before the host, which RTMP has no place for: " + shape
	case strings.Trim(u.Path, "/") == "":
		return "has no app after the host: " + shape
	case strings.Contains(text, "#"):
		return "has a # in it: if a key follows, it belongs in key"
	}
	return ""
}

func validPort(port string) bool {
	v, err := strconv.ParseUint(port, 10, 16)
	return err == nil && v > 0
}

// endsWithKey reports whether the last part of the server's path or query is
// the key, as it is when a platform's full publishing URL was pasted.
func endsWithKey(server, key string) bool {
	rest, found := strings.CutSuffix(strings.TrimRight(server, "/"), key)
	return found && key != "" && strings.ContainsAny(rest[len(rest)-1:], "/?=&")
}
