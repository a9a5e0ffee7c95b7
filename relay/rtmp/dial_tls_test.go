package rtmp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // the certificate in PEM form
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	self := a.issue(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour)})
	a.cert, a.key = self.Leaf, self.PrivateKey.(*ecdsa.PrivateKey)
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// issue signs template; an authority without a certificate yet, by itself.
func (a *authority) issue(t testing.TB, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "test"}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// server issues a certificate for localhost or another name.
func (a *authority) server(t testing.TB, name string, until time.Duration) tls.Certificate {
	t.Helper()
	return a.issue(t, &x509.Certificate{
		DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(until),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// TestDialTLS is T18: only a server that proves to be the one that was asked
// for is told anything, and nothing is tried a second time without TLS.
func TestDialTLS(t *testing.T) {
	ca := newAuthority(t)
	good := ca.server(t, "localhost", time.Hour)
	notPEM := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		conf   *tls.Config // nil answers in plain text
		caFile string
		want   string // "" connects
	}{
		{"valid", &tls.Config{Certificates: []tls.Certificate{good}}, ca.file, ""},
		{"valid with TLS 1.2", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, ca.file, ""},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{good}}, newAuthority(t).file, "signed by unknown authority"},
		{"the system's roots", &tls.Config{Certificates: []tls.Certificate{good}}, "", "certificate"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{ca.server(t, "localhost", -time.Hour)}}, ca.file, "expired"},
		{"another host", &tls.Config{Certificates: []tls.Certificate{ca.server(t, "example.com", time.Hour)}}, ca.file, "not localhost"},
		{"self-signed", &tls.Config{Certificates: []tls.Certificate{new(authority).server(t, "localhost", time.Hour)}}, ca.file, "certificate"},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ca.file, "protocol version"},
		{"plain text", nil, ca.file, "does not look like a TLS handshake"},
		{"no such ca_file", &tls.Config{Certificates: []tls.Certificate{good}}, filepath.Join(t.TempDir(), "none.pem"), "ca_file: open"},
		{"not a ca_file", &tls.Config{Certificates: []tls.Certificate{good}}, notPEM, "holds no certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var connections, rtmpBytes atomic.Int64
			var sni atomic.Value
			if tt.conf != nil {
				tt.conf.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					sni.Store(h.ServerName)
					return nil, nil
				}
			}
			pl := start(t, tt.conf, func(pl *platform) func(net.Conn) {
				return func(nc net.Conn) {
					connections.Add(1)
					if tt.want == "" {
						pl.dialogue(nil)(nc)
						return
					}
					if tt.conf == nil {
						_, _ = nc.Write([]byte("\x03 plain RTMP"))
						return
					}
					n, _ := io.Copy(io.Discard, nc)
					rtmpBytes.Add(n)
				}
			})
			_, port, _ := net.SplitHostPort(pl.addr)
			host := net.JoinHostPort("localhost", port)
			to := target("rtmps://" + host + "/live")
			to.CAFile = tt.caFile
			p, err := (&rtmp.Dialer{Timeout: 5 * time.Second}).Publish(t.Context(), to)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_ = p.Close()
				if sni.Load() != "localhost" {
					t.Errorf("server name told: %v", sni.Load())
				}
				return
			}
			if d := failed(t, p, err, rtmp.StepTLS, host); !strings.Contains(d.Error(), tt.want) {
				t.Errorf("got %v, want %q", d, tt.want)
			}
			if n := rtmpBytes.Load(); n != 0 || connections.Load() > 1 {
				t.Errorf("%d bytes inside TLS, %d connections", n, connections.Load())
			}
		})
	}
}

// TestDialTLSSilent: a server that takes the connection and says nothing.
func TestDialTLSSilent(t *testing.T) {
	pl := start(t, nil, func(*platform) func(net.Conn) {
		return func(nc net.Conn) { _, _ = io.Copy(io.Discard, nc) }
	})
	p, err := (&rtmp.Dialer{Timeout: 100 * time.Millisecond}).Publish(t.Context(), target("rtmps://"+pl.addr+"/live"))
	if d := failed(t, p, err, rtmp.StepTLS, pl.addr); !strings.Contains(d.Error(), "no answer within 100ms") {
		t.Errorf("got %v", d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	begun := time.Now()
	p, err = (&rtmp.Dialer{}).Publish(ctx, target("rtmps://"+pl.addr+"/live"))
	failed(t, p, err, rtmp.StepTLS, pl.addr)
	if took := time.Since(begun); took > 2*time.Second || ctx.Err() == nil {
		t.Errorf("cancelling took %v: %v", took, err)
	}
}
