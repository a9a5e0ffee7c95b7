package config

import (
	"net/url"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
	"gopkg.in/yaml.v3"
)

// data reads the folder for what must last, or the URL of a database that holds
// the records, or both as fields.
func (d *decoder) data(c *Config) field {
	return func(path string, n *yaml.Node) {
		n = follow(n)
		switch {
		case n.Kind == yaml.MappingNode:
			d.mapping(path, n, fields{"folder": d.path(&c.Data), "database": d.database(&c.Database)})
		case n.Kind == yaml.ScalarNode && meansDatabase(n.Value):
			d.database(&c.Database)(path, n)
		default:
			d.path(&c.Data)(path, n)
		}
	}
}

// meansDatabase tells a URL, or a variable that holds one, from a folder. A URL
// must not become the name of a folder, which anybody may see.
func meansDatabase(text string) bool {
	return strings.Contains(text, "://") || strings.HasPrefix(text, "postgres:") ||
		strings.HasPrefix(text, "postgresql:") || variable.MatchString(text)
}

// database reads a URL that is written out or names environment variables.
func (d *decoder) database(to *secret.Secret) field {
	return func(path string, n *yaml.Node) {
		written, ok := d.scalar(path, n)
		if !ok {
			return
		}
		text, ok := d.expand(path, n, written, "in a URL, write $ as %24")
		if !ok {
			return
		}
		text = strings.TrimSpace(text)
		known := !d.opts.madeUp || !strings.Contains(written, "${")
		if fault := databaseFault(text); fault != "" && known {
			d.fail(n, path, "%s", fault)
			return
		}
		*to = secret.New(text)
	}
}

// databaseFault says what is wrong with a database's URL, or nothing. It repeats
// none of it.
func databaseFault(text string) string {
	const shape = "write postgres://USER:PASSWORD@HOST/DATABASE"
	u, err := url.Parse(text)
	switch {
	case !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://"):
		return "must begin with postgres:// to be a database: " + shape + "; a folder is written out, without ${NAME}"
	case len(text) > maxKey:
		return "is too long to be a URL: " + shape
	case err != nil || u.Fragment != "" || strings.ContainsAny(text, " \t\r\n"):
		return "is not a URL: " + shape + ", with %XX for special characters in the password, such as %23 for #"
	case u.Port() != "" && !validPort(u.Port()):
		return "has a port that is not a number from 1 to 65535"
	case u.Hostname() == "" && u.Query().Get("host") == "":
		return "has no host: " + shape
	}
	return ""
}
