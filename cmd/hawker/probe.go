package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// steps of a dial, in order, as people know them.
var steps = []struct {
	step rtmp.Step
	name string
}{
	{rtmp.StepServer, "read the server URL"},
	{rtmp.StepResolve, "look up the host's name"},
	{rtmp.StepTCP, "connect"},
	{rtmp.StepTLS, "check the certificate (TLS)"},
	{rtmp.StepHandshake, "RTMP handshake"},
	{rtmp.StepConnect, "connect to the app"},
	{rtmp.StepCreateStream, "create a stream"},
	{rtmp.StepPublish, "publish with the stream key"},
}

// testDestination dials as serve would, prints each step, and ends politely
// before any media.
func (a *app) testDestination(ctx context.Context, dialer *rtmp.Dialer, d config.Destination) error {
	target := relayDestination(d).Target
	_, _ = fmt.Fprintf(a.out, "Testing %s at %s\n", d.Name, shownServer(d))
	start := time.Now()
	pub, err := dialer.Publish(ctx, target)
	failed := rtmp.Step("")
	var de *rtmp.DialError
	if errors.As(err, &de) {
		failed = de.Step
	}
	for _, s := range steps {
		if s.step == rtmp.StepTLS && !strings.HasPrefix(d.URL, "rtmps:") {
			continue
		}
		if s.step == failed {
			_, _ = fmt.Fprintf(a.out, "  failed  %s\n          %v\n", s.name, de.Err)
			return coded(exitFailure, fmt.Errorf("%s cannot be published to: %s", d.Name, advice(de)))
		}
		_, _ = fmt.Fprintf(a.out, "  ok      %s\n", s.name)
	}
	if err != nil {
		return err
	}
	_ = pub.Goodbye() // the server has said yes; what it makes of a goodbye matters no more
	_ = pub.Close()
	_, err = fmt.Fprintf(a.out, "%s takes the stream (%s, answered in %v). Nothing was sent.\n", d.Name, pub.Remote(), time.Since(start).Round(time.Millisecond))
	return err
}

// advice is what to do about a failed dial.
func advice(e *rtmp.DialError) string {
	var refusal *rtmp.Refusal
	if errors.As(e.Err, &refusal) {
		if refusal.BadName() {
			return "the stream key is in use, or the platform has not yet noticed that the last session ended; wait two minutes or stop the other encoder"
		}
		if e.Step == rtmp.StepConnect {
			return "the server does not know this app: compare the server URL with what the platform shows, without the stream key"
		}
		return "the platform refuses the stream key: copy it again from the platform's live settings, where it may have been renewed"
	}
	switch e.Step {
	case rtmp.StepServer:
		return "correct the server URL in the configuration"
	case rtmp.StepResolve:
		return "the host's name is not known: check its spelling, and this machine's DNS and network"
	case rtmp.StepTCP:
		return "no connection: check the host and port, and whether a firewall blocks outgoing connections"
	case rtmp.StepTLS:
		return tlsAdvice(e.Err)
	case rtmp.StepHandshake:
		return "the server does not speak RTMP on this port: check the port, and rtmp:// against rtmps://"
	}
	return "the server answered, but did not go through with it: try again, or compare the settings with what the platform shows"
}

func tlsAdvice(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "the certificate's issuer" + issuer(unknown.Cert) + " is not trusted: name its root with ca_file if the server is yours"
	case errors.As(err, &host):
		return "the certificate is for another name: use the name that the platform shows"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return fmt.Sprintf("the certificate is good from %s to %s only: check this machine's clock, then ask the platform",
			invalid.Cert.NotBefore.Format(dateShape), invalid.Cert.NotAfter.Format(dateShape))
	case errors.As(err, &invalid):
		return "the certificate is not valid: check this machine's clock, then ask the platform"
	case errors.As(err, &record):
		return "the server does not speak TLS on this port: use rtmp:// or the platform's port for rtmps"
	}
	return "TLS failed: check the port, and rtmp:// against rtmps://"
}

// dateShape is for people everywhere.
const dateShape = "2 January 2006"

func issuer(c *x509.Certificate) string {
	if c == nil || c.Issuer.CommonName == "" {
		return ""
	}
	return fmt.Sprintf(" (%.60q)", c.Issuer.CommonName)
}

// serverError tells a server that cannot be reached from one that says no.
func serverError(err error) error {
	var unreachable *url.Error
	if errors.As(err, &unreachable) {
		return coded(exitNoServer, err)
	}
	return err
}
