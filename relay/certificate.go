package relay

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is a pair of PEM files that is read again when they change, so
// that a renewed certificate needs no restart.
type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex // guards the rest
	loaded  *tls.Certificate
	stamp   [2]time.Time // when the files that were tried last were written
	lastErr error
}

// loadCertificate reads the pair once, so that a wrong one is told at the start.
func loadCertificate(certFile, keyFile string) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	c.refresh()
	if c.lastErr != nil {
		return nil, c.lastErr
	}
	return c, nil
}

// get is for tls.Config.GetCertificate. A pair that cannot be read, as when
// only one of the two has been replaced so far, leaves the old one in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh()
	return c.loaded, nil
}

func (c *certificate) refresh() {
	stamp := [2]time.Time{written(c.certFile), written(c.keyFile)}
	if c.loaded != nil && stamp == c.stamp {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.lastErr = fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
		return
	}
	c.loaded, c.stamp, c.lastErr = &pair, stamp, nil
}

func written(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
