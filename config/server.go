package config

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// config reads the whole file.
func (d *decoder) config(root *yaml.Node, c *Config) {
	*c = Config{
		Ingest: Ingest{RTMP: DefaultRTMP},
		Admin:  Admin{Listen: DefaultAdmin},
		Public: Public{Listen: DefaultPublic},
		Data:   d.abs(DefaultData),

		ChatRetention: DefaultChatRetention,
	}
	var streams, offers *yaml.Node
	taken := listeners{}
	d.mapping("", root, fields{
		"ingest":         d.ingest(&c.Ingest, taken),
		"admin":          d.listener(&c.Admin.Listen, taken),
		"public":         d.public(&c.Public, taken),
		"data":           d.data(c),
		"streams":        keep(&streams, d.streams(&c.Streams)),
		"overlay":        d.overlay(&c.Overlay),
		"brand":          d.brand(&c.Brand),
		"chat_retention": d.read(readPeriod(&c.ChatRetention, MinChatRetention, MaxChatRetention, "")),
		"offers_file":    keep(&offers, d.path(&c.OffersFile)),
	})
	if c.Overlay.Images == "" {
		c.Overlay.Images = filepath.Join(c.Data, DefaultImages)
	}
	d.offersFile("offers_file", offers, c)
	d.checkPages(c.Public)
	if follow(root).Kind == yaml.MappingNode && streams == nil {
		d.fail(root, "", "streams is missing: write streams: [] for none")
	}
}

// ingest reads where encoders publish.
func (d *decoder) ingest(to *Ingest, taken listeners) field {
	return func(path string, n *yaml.Node) {
		var rtmp *yaml.Node
		d.mapping(path, n, fields{
			"rtmp":  keep(&rtmp, d.optionalListen(&to.RTMP, taken)),
			"rtmps": d.rtmps(&to.RTMPS, taken),
		})
		if to.RTMP == "" && to.RTMPS == nil {
			d.fail(rtmp, join(path, "rtmp"), `is off and there is no rtmps: write rtmp: ":1935"`)
		}
	}
}

func (d *decoder) rtmps(to **RTMPS, taken listeners) field {
	return func(path string, n *yaml.Node) {
		if empty(follow(n)) {
			return
		}
		r := &RTMPS{}
		var cert, key *yaml.Node
		d.mapping(path, n, fields{
			"listen": d.listen(&r.Listen, taken),
			"cert":   keep(&cert, d.path(&r.Cert)),
			"key":    keep(&key, d.path(&r.Key)),
		})
		*to = r
		if follow(n).Kind != yaml.MappingNode {
			return
		}
		for _, f := range []struct{ name, value, example string }{
			{"listen", r.Listen, `":1936"`}, {"cert", r.Cert, "cert.pem"}, {"key", r.Key, "key.pem"},
		} {
			if f.value == "" && !d.failed(join(path, f.name)) {
				d.fail(n, join(path, f.name), "is missing: write %s: %s", f.name, f.example)
			}
		}
		d.certificate(path, r, cert, key)
	}
}

// failed reports whether there is an error about the field already.
func (d *decoder) failed(path string) bool {
	for _, e := range d.errs {
		if e.Path == path {
			return true
		}
	}
	return false
}

// certificate checks that the two files are there and belong together.
func (d *decoder) certificate(path string, r *RTMPS, cert, key *yaml.Node) {
	if r.Cert == "" || r.Key == "" {
		return
	}
	certPEM, ok := d.readFile(join(path, "cert"), cert, r.Cert)
	keyPEM, also := d.readFile(join(path, "key"), key, r.Key)
	if !ok || !also {
		return
	}
	if _, err := tls.X509KeyPair(certPEM, keyPEM); err != nil {
		d.fail(cert, join(path, "cert"), "cert and key are not a certificate and its private key in PEM form")
	}
}

// maxFile is how large a file that the configuration names may be, in bytes.
const maxFile = 1 << 20

// readFile reads a file that the configuration names at n. Only regular files
// are read: others may never end. The error does not repeat the path, which is
// a key if somebody took one field for another.
func (d *decoder) readFile(path string, n *yaml.Node, file string) ([]byte, bool) {
	d.files = append(d.files, file)
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		d.fail(n, path, "is not a file")
		return nil, false
	}
	var data []byte
	if err == nil {
		data, err = readCapped(file, maxFile)
	}
	if err != nil {
		d.fail(n, path, "%s (a relative path starts at the folder %s)", reason(err), d.dir)
	}
	return data, err == nil
}

func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read by the user that hawker runs as"
	case errors.Is(err, errTooLarge):
		return "the file is too large to be what it should be"
	}
	return "the file cannot be read"
}
