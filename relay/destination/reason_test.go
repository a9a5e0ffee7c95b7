package destination

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestExplain(t *testing.T) {
	at := func(step rtmp.Step, err error) error {
		return &rtmp.DialError{Step: step, Host: "a.example:443", Err: err}
	}
	cases := map[string]struct {
		err      error
		hopeless bool
		want     []string
	}{
		"server address": {at(rtmp.StepServer, errors.New("server URL has no host")), false, []string{"has no host"}},
		"no such name":   {at(rtmp.StepResolve, &net.DNSError{Err: "no such host", IsNotFound: true}), false, []string{"a.example", "spelling"}},
		"no name server": {at(rtmp.StepResolve, context.DeadlineExceeded), false, []string{"could not be looked up (no answer in time)", "DNS"}},
		"name trouble":   {at(rtmp.StepResolve, &net.DNSError{Err: "server misbehaving"}), false, []string{"could not be looked up (the name server failed)"}},
		"tcp refused":    {at(rtmp.StepTCP, syscall.ECONNREFUSED), false, []string{"cannot be reached (connection refused)", "firewall"}},
		"tcp timeout":    {at(rtmp.StepTCP, context.DeadlineExceeded), false, []string{"no answer in time"}},
		"no route":       {at(rtmp.StepTCP, syscall.ENETUNREACH), false, []string{"no route"}},
		"certificate":    {at(rtmp.StepTLS, x509.UnknownAuthorityError{}), false, []string{"unknown authority", "ca_file"}},
		"expired":        {at(rtmp.StepTLS, x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}), false, []string{"expired", "clock"}},
		"wrong name":     {at(rtmp.StepTLS, x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"b.example"}}, Host: "a.example"}), false, []string{"b.example", "check the url"}},
		"not RTMP":       {at(rtmp.StepHandshake, io.EOF), false, []string{"does not speak RTMP", "port"}},
		"hung up":        {at(rtmp.StepPublish, io.EOF), false, []string{`"publish"`, "closed by the other side"}},
		"app refused":    {at(rtmp.StepConnect, &rtmp.Refusal{Code: rtmp.CodeRejected}), false, []string{"server URL", rtmp.CodeRejected}},
		"key refused":    {at(rtmp.StepPublish, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "bad key"}), true, []string{"stream key", "bad key", "create a new key"}},
		"late refusal":   {fmt.Errorf("gone: %w", &rtmp.Refusal{Description: "enough"}), true, []string{"enough"}},
		"key in use":     {at(rtmp.StepPublish, &rtmp.Refusal{Code: rtmp.CodeBadName}), false, []string{"in use", "every few seconds"}},
		"still in use":   {at(rtmp.StepPublish, &rtmp.Refusal{Code: rtmp.CodeBadName}), true, []string{"in use", "minutes", "other encoder"}},
		"stall":          {errStalled, false, []string{"takes no data", "upload"}},
		"reset":          {fmt.Errorf("write: %w", syscall.ECONNRESET), false, []string{"lost", "reset by the other side"}},
		"closed":         {io.EOF, false, []string{"lost", "closed by the other side"}},
		"bug":            {&panicError{value: "index out of range"}, false, []string{"bug", "index out of range", "report"}},
		"a long story":   {&rtmp.Refusal{Description: strings.Repeat("é\n", 5000)}, true, []string{`é\né\n`, "…"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := explain(tc.err, tc.hopeless)
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q does not say %q", got, want)
				}
			}
			if len(got) > 1000 || strings.ContainsAny(got, "\r\n") {
				t.Errorf("%d bytes, or more than a line: %q", len(got), got)
			}
		})
	}
}
