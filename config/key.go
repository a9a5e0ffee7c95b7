package config

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

// maxKey is how long a key may be, in bytes.
const maxKey = 4096

// key reads a key that is written out or names environment variables.
func (d *decoder) key(to *secret.Secret) field {
	return func(path string, n *yaml.Node) {
		text, ok := d.scalar(path, n)
		if ok {
			text, ok = d.expand(path, n, text, "a key that holds ${ itself belongs in a key_file")
		}
		if ok {
			*to = d.checkKey(path, n, text, "the key")
		}
	}
}

// keyFile reads a key from a file; bytes that editors put around it (a byte
// order mark, line ends) are no part of it.
func (d *decoder) keyFile(to *secret.Secret, file *string) field {
	return func(path string, n *yaml.Node) {
		d.path(file)(path, n)
		if d.failed(path) {
			return
		}
		if data, ok := d.readFile(path, n, *file); ok {
			text := strings.TrimPrefix(string(data), "\ufeff")
			*to = d.checkKey(path, n, text, "the key in the file")
		}
	}
}

var (
	reference = regexp.MustCompile(`\$\{[^}]*\}?`)
	variable  = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
)

// expand replaces each ${NAME}. What comes out is not expanded again. wayOut is
// for who means ${ itself.
func (d *decoder) expand(path string, n *yaml.Node, text, wayOut string) (string, bool) {
	whole := true
	text = reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := variable.FindStringSubmatch(ref)
		if m == nil {
			d.fail(n, path, "${ must begin ${NAME}, the name of an environment variable; %s", wayOut)
			whole = false
			return ""
		}
		value, set := d.opts.Getenv(m[1])
		if !set || value == "" {
			d.fail(n, path, "environment variable %s is %s", m[1], map[bool]string{true: "empty", false: "not set"}[set])
			whole = false
		}
		return value
	})
	return text, whole
}

// checkKey trims a key and checks that it can be one.
func (d *decoder) checkKey(path string, n *yaml.Node, text, what string) secret.Secret {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		d.fail(n, path, "%s is empty", what)
	case len(text) > maxKey:
		d.fail(n, path, "%s is longer than %d bytes", what, maxKey)
	case strings.ContainsFunc(text, unicode.IsSpace):
		d.fail(n, path, "%s has a space or line break within: copy it again, without what stands around it", what)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		d.fail(n, path, "%s has an invisible character within: copy it again", what)
	case strings.Contains(text, "://"):
		d.fail(n, path, "%s is a URL: the server belongs in url, and only the key here", what)
	default:
		return secret.New(text)
	}
	return secret.Secret{}
}
