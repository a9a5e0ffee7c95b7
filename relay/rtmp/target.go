package rtmp

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
)

// Target is where to publish. Server and key stay apart: keys hold '?', '&'
// and '/' that mean something to the platform, and apps hold queries.
type Target struct {
	// Server is rtmp://host[:port]/app or rtmps://host[:port]/app, with the
	// query that some platforms put there. Ports default to 1935 and 443.
	Server string
	// Key is the stream key, sent as it is.
	Key secret.Secret
	// CAFile names a PEM file of roots to trust instead of the system's; empty
	// for those. It is read at each dial.
	CAFile string
	// FourCCs lists the enhanced RTMP codecs that the source uses; empty for
	// classic H.264 and AAC.
	FourCCs []string
}

// address is a server URL taken apart.
type address struct {
	secure     bool
	host, port string
	app        string // with its query
	tcURL      string
}

func (a address) hostPort() string { return net.JoinHostPort(a.host, a.port) }

// CheckServer reports what is wrong with a server URL, or nil. Its errors do
// not repeat the URL's path, which may hold a key by mistake.
func CheckServer(server string) error {
	_, err := parseServer(server)
	return err
}

func parseServer(server string) (address, error) {
	u, err := url.Parse(server)
	if err != nil { // whose text may hold parts of the URL
		return address{}, fmt.Errorf("server URL cannot be read: write rtmp://HOST/APP or rtmps://HOST:PORT/APP, without spaces and with %%XX for special characters")
	}
	a := address{host: u.Hostname(), port: u.Port(), app: strings.Trim(u.EscapedPath(), "/")}
	switch u.Scheme {
	case "rtmp":
		a.port = firstOf(a.port, "1935")
	case "rtmps":
		a.secure, a.port = true, firstOf(a.port, "443")
	default:
		return address{}, fmt.Errorf("server URL must begin with rtmp:// or rtmps://")
	}
	if a.host == "" {
		return address{}, fmt.Errorf("server URL has no host: write rtmp://HOST/APP")
	}
	if n, err := strconv.ParseUint(a.port, 10, 16); err != nil || n == 0 {
		return address{}, fmt.Errorf("server URL of %s has a port that is not between 1 and 65535", a.host)
	}
	if a.app == "" {
		return address{}, fmt.Errorf("server URL of %s has no app after the host: write rtmp://HOST/APP", a.host)
	}
	if u.RawQuery != "" {
		a.app += "?" + u.RawQuery
	}
	a.tcURL = u.Scheme + "://" + u.Host + "/" + a.app
	return a, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
