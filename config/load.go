package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// MaxSize is how large a configuration file may be, and an offers file, in
// bytes.
const MaxSize = 1 << 20

// Platform is what the checks must know of a platform.
type Platform struct {
	// Server is the URL that all its streamers use; empty with NeedsURL.
	Server string
	// BackupServer takes the same key; empty for none.
	BackupServer string
	// NeedsURL says that each streamer has a server of their own.
	NeedsURL bool
	// FindURL is a sentence that says where the streamer finds that server.
	FindURL string
}

// Options are what Load uses but does not own. The zero value knows no
// platforms and reads the process's environment.
type Options struct {
	// Platform looks an id up.
	Platform func(id string) (Platform, bool)
	// PlatformIDs are all the ids, for suggestions.
	PlatformIDs []string
	// Nickname reports why a chat does not take a name of the host's, if it does
	// not; nil takes all that this package does. Its error must not repeat the
	// name.
	Nickname func(name string) error
	// Getenv looks an environment variable up; nil is os.LookupEnv.
	Getenv func(name string) (string, bool)

	madeUp bool // Getenv makes up what is not set, and it need not be a URL
}

// Load reads and checks the file. What is wrong with its content is returned
// as Errors, all at once; a file that cannot be read is another error, which
// is fs.ErrNotExist if it is not there.
//
// The Config is never nil. After an error it is empty but for Files, which
// then lists what the file names, so that a missing key file that turns up
// later is seen by a Watcher; and for Admin and Data, if nothing is wrong with
// them, so that a server that runs can be reached all the same.
func Load(path string, opts Options) (*Config, error) {
	data, err := readCapped(path, MaxSize)
	if errors.Is(err, errTooLarge) {
		return &Config{files: []string{path}}, Errors{{File: path, Line: 1, Column: 1,
			Message: fmt.Sprintf("the file is larger than %d KiB, the most that is read", MaxSize>>10)}}
	}
	if err != nil {
		return &Config{files: []string{path}}, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(data, path, opts)
}

// Parse is Load with the content of the file given; path serves for errors and
// for the folder that relative paths start at.
func Parse(data []byte, path string, opts Options) (*Config, error) {
	if opts.Getenv == nil {
		opts.Getenv = os.LookupEnv
	}
	d := &decoder{file: path, dir: filepath.Dir(path), opts: opts, files: []string{path}, left: maxNodes}
	c := &Config{}
	if root := d.document(data, "streams: []"); root != nil {
		d.config(root, c)
	}
	if len(d.errs) > 0 {
		d.errs.sort()
	}
	if errs := append(d.errs, d.others...); len(errs) > 0 {
		return d.reachable(c), errs
	}
	c.files = d.files
	return c, nil
}

// reachable is what is left of a configuration with mistakes.
func (d *decoder) reachable(c *Config) *Config {
	out := &Config{files: d.files}
	for _, e := range d.errs {
		if e.Path == "" || strings.HasPrefix(e.Path, "admin") || strings.HasPrefix(e.Path, "data") {
			return out
		}
	}
	out.Admin, out.Data = c.Admin, c.Data
	return out
}

// document returns the root of the only document, or nil after an error. A file
// that is empty may be half written, so it is none that says nothing: least is
// how to say that.
func (d *decoder) document(data []byte, least string) *yaml.Node {
	if len(data) > MaxSize {
		d.fail(nil, "", "the file is larger than %d KiB, the most that is read", MaxSize>>10)
		return nil
	}
	root, err := parseYAML(data)
	if errors.Is(err, io.EOF) || err == nil && empty(root) {
		d.fail(nil, "", "the file is empty: it needs at least %s", least)
		return nil
	}
	if err != nil {
		d.syntax(data, err)
		return nil
	}
	return root
}

var errManyDocuments = errors.New("second document")

// parseYAML reads the single document in data. yaml.v3 has panicked on hostile
// input before, so a panic is an error here.
func parseYAML(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, errors.New("yaml: the file cannot be read as YAML")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("yaml: line %d: %w", more.Line, errManyDocuments)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc.Content[0], nil
}

var errTooLarge = errors.New("too large")

// readCapped reads a file of at most limit bytes.
func readCapped(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	return data, err
}
