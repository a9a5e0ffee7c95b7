package relaytest

import "context"

// TB is the part of testing.TB that the helpers here need.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// StartPlatform starts a platform that is closed when the test ends.
func StartPlatform(t TB, conf PlatformConfig) *Platform {
	t.Helper()
	p := NewPlatform(conf)
	if err := p.Start(); err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		t.Logf("platform %s: %s", p.Addr(), p.summary())
		p.Close()
	})
	return p
}

// StartEncoder starts an encoder that is killed when the test ends. The context
// is for the dial.
func StartEncoder(ctx context.Context, t TB, conf EncoderConfig) *Encoder {
	t.Helper()
	e := NewEncoder(conf)
	if err := e.Start(ctx); err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(e.Kill)
	return e
}

// StartProxy starts a proxy that is closed when the test ends.
func StartProxy(t TB, conf ProxyConfig) *Proxy {
	t.Helper()
	p := NewProxy(conf)
	if err := p.Start(); err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(p.Close)
	return p
}

// StartCA makes a certificate authority and its ca_file in a folder.
func StartCA(t TB, dir string) (ca *CA, caFile string) {
	t.Helper()
	ca, err := NewCA()
	if err != nil {
		t.Fatalf("%v", err)
	}
	if caFile, err = ca.File(dir); err != nil {
		t.Fatalf("%v", err)
	}
	return ca, caFile
}
