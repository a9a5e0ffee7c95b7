package config

import (
	"cmp"
	"crypto/x509"
	"maps"
	"regexp"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

// streams reads the list of streams, whose names and keys must differ.
func (d *decoder) streams(to *[]Stream) field {
	return func(path string, n *yaml.Node) {
		if empty(follow(n)) {
			d.fail(n, path, "has no value: write streams: [] for none")
			return
		}
		names, keys := map[string]int{}, map[string]string{}
		d.list(func(path string, n *yaml.Node) {
			var s Stream
			at := d.stream(path, n, &s)
			d.unique(path, at.name, s.Name, names)
			if other := keys[s.Key.Reveal()]; !s.Key.Empty() && other != "" {
				d.fail(at.keyNode(n), join(path, "key"), "is the key of %s too: each stream needs its own", other)
			}
			keys[s.Key.Reveal()] = path
			if other := keys[s.BackupKey.Reveal()]; !s.BackupKey.Empty() && other != "" {
				d.fail(at.backupNode(n), join(path, "backup_key"), "is the key of %s already: a backup encoder needs one of its own", other)
			}
			keys[s.BackupKey.Reveal()] = path
			*to = append(*to, s)
		})(path, n)
	}
}

// unique notes the name and its line; a name that was noted before is an error.
func (d *decoder) unique(path string, n *yaml.Node, name string, names map[string]int) {
	if n == nil || name == "" {
		return
	}
	if line := names[name]; line > 0 {
		d.fail(n, join(path, "name"), "%s is used on line %d already: names must differ", name, line)
		return
	}
	names[name] = n.Line
}

// places are the nodes that streams and destinations have in common.
type places struct{ name, key, keyFile, backupKey, backupKeyFile, url, backupURL *yaml.Node }

// backupNode is where the backup key is given, or else the whole entry.
func (p places) backupNode(entry *yaml.Node) *yaml.Node {
	return places{key: p.backupKey, keyFile: p.backupKeyFile}.keyNode(entry)
}

// keyNode is where the key is given, or else the whole entry.
func (p places) keyNode(entry *yaml.Node) *yaml.Node {
	switch {
	case p.key != nil:
		return p.key
	case p.keyFile != nil:
		return p.keyFile
	}
	return entry
}

func (d *decoder) stream(path string, n *yaml.Node, s *Stream) places {
	var at places
	var latency string
	s.Hold, s.StopGrace = DefaultHold, DefaultStopGrace
	known := fields{
		"name":            keep(&at.name, d.name(&s.Name)),
		"key":             keep(&at.key, d.key(&s.Key)),
		"key_file":        keep(&at.keyFile, d.keyFile(&s.Key, &s.KeyFile)),
		"backup_key":      keep(&at.backupKey, d.key(&s.BackupKey)),
		"backup_key_file": keep(&at.backupKeyFile, d.keyFile(&s.BackupKey, &s.BackupKeyFile)),
		"backup_return":   d.choice(&s.BackupReturn, BackupReturns),
		"takeover":        d.choice(&s.Takeover, Takeovers),
		"hold":            d.duration(&s.Hold, MaxHold),
		"hold_slate":      d.choice(&s.HoldSlate, HoldSlates),
		"stop_grace":      d.duration(&s.StopGrace, MaxStopGrace),
		"latency":         d.choice(&latency, Latencies),
		"destinations":    d.destinations(&s.Destinations),
		"chat":            d.chat(&s.Chat),
		"record":          d.record(&s.Record),
	}
	maps.Copy(known, d.pageFields(&s.Page))
	d.mapping(path, n, known)
	if s.Watch && s.Name != "" {
		d.pages = append(d.pages, pageName{join(path, "name"), s.Name, at.name})
	}
	for i := range s.Destinations {
		s.Destinations[i].Latency = cmp.Or(s.Destinations[i].Latency, latency)
	}
	d.identified(path, n, at, s.Name, s.Key)
	if at.backupKey != nil && at.backupKeyFile != nil {
		d.fail(at.backupKeyFile, join(path, "backup_key_file"), "backup_key and backup_key_file are both given: keep one")
	}
	if !s.BackupKey.Empty() && strings.EqualFold(s.Name, s.BackupKey.Reveal()) {
		d.fail(at.name, join(path, "name"), "is the same as the backup key: names are public, so choose another")
	}
	return at
}

func (d *decoder) destinations(to *[]Destination) field {
	return func(path string, n *yaml.Node) {
		names := map[string]int{}
		d.list(func(path string, n *yaml.Node) {
			var dest Destination
			at := d.destination(path, n, &dest)
			d.unique(path, at.name, dest.Name, names)
			*to = append(*to, dest)
		})(path, n)
	}
}

func (d *decoder) destination(path string, n *yaml.Node, to *Destination) places {
	var at places
	var platform, ca *yaml.Node
	to.Enabled = true
	d.mapping(path, n, fields{
		"name":             keep(&at.name, d.name(&to.Name)),
		"platform":         keep(&platform, d.text(&to.Platform)),
		"url":              keep(&at.url, d.text(&to.URL)),
		"backup_url":       keep(&at.backupURL, d.text(&to.BackupURL)),
		"latency":          d.choice(&to.Latency, Latencies),
		"parameter_change": d.choice(&to.ParameterChange, ParameterChanges),
		"key":              keep(&at.key, d.key(&to.Key)),
		"key_file":         keep(&at.keyFile, d.keyFile(&to.Key, &to.KeyFile)),
		"enabled":          d.flag(&to.Enabled),
		"delay":            d.duration(&to.Delay, MaxDelay),
		"ca_file":          keep(&ca, d.path(&to.CAFile)),
		"metadata":         d.words(&to.Metadata, MetadataKinds),
	})
	d.identified(path, n, at, to.Name, to.Key)
	if follow(n).Kind == yaml.MappingNode {
		d.server(path, n, platform, at, to)
	}
	d.roots(path, ca, to.CAFile)
	return at
}

// roots checks that the file holds certificates to trust.
func (d *decoder) roots(path string, n *yaml.Node, file string) {
	path = join(path, "ca_file")
	if file == "" || d.failed(path) {
		return
	}
	if pem, ok := d.readFile(path, n, file); ok && !x509.NewCertPool().AppendCertsFromPEM(pem) {
		d.fail(n, path, "the file holds no certificate in PEM form")
	}
}

var nameShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (d *decoder) name(to *string) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		if nameShape.MatchString(text) {
			*to = text
		} else if !d.failed(path) {
			d.fail(n, path, "must be 1 to 64 letters, digits, - or _ (A-Z, a-z, 0-9)")
		}
	}
}

// identified checks that an entry has a name and a key, and that they differ.
func (d *decoder) identified(path string, n *yaml.Node, at places, name string, key secret.Secret) {
	if follow(n).Kind != yaml.MappingNode {
		if empty(follow(n)) {
			d.fail(n, path, "has no value: it needs at least a name and a key")
		}
		return
	}
	if at.name == nil {
		d.fail(n, join(path, "name"), "is missing: every entry needs a name")
	}
	switch {
	case at.key == nil && at.keyFile == nil:
		d.fail(n, join(path, "key"), "is missing: write key: KEY, key: ${NAME} for an environment variable, or key_file: PATH")
	case at.key != nil && at.keyFile != nil:
		d.fail(at.keyFile, join(path, "key_file"), "key and key_file are both given: keep one")
	}
	if name != "" && !key.Empty() && strings.EqualFold(name, key.Reveal()) {
		d.fail(at.name, join(path, "name"), "is the same as the key: names are public, so choose another")
	}
}
