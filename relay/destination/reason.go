package destination

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// explain says what went wrong, and what to do, to someone who streams and has
// never seen a socket. The same trouble gives the same words each time, and no
// words hold a key: relay/rtmp has taken it out of what platforms say.
// hopeless says that a refusal has lasted.
func explain(err error, hopeless bool) string {
	var (
		refusal *rtmp.Refusal
		dial    *rtmp.DialError
		bug     *panicError
	)
	errors.As(err, &dial)
	switch {
	case errors.As(err, &bug):
		return "Hawker has met a bug of its own (" + bug.Error() + "): please report it, with the log"
	case errors.As(err, &refusal):
		return explainRefusal(refusal, dial, hopeless)
	case dial != nil:
		return explainDial(dial)
	case errors.Is(err, errSlow), errors.Is(err, errStalled), errors.Is(err, os.ErrDeadlineExceeded):
		return "the platform takes no data: check this machine's upload, and the platform's status page"
	}
	return "the connection was lost (" + trouble(err) + ")"
}

func explainRefusal(r *rtmp.Refusal, dial *rtmp.DialError, hopeless bool) string {
	said := "it said " + quote(r.Error())
	switch {
	case r.BadName() && hopeless:
		return "the platform says that this stream key is in use, for minutes now (" + said + "): stop the other encoder, or create a new key on the platform and set it here"
	case r.BadName():
		return "the platform says that this stream key is in use (" + said + "): it may not have noticed yet that an earlier connection is gone; trying again every few seconds"
	case dial != nil && dial.Step == rtmp.StepConnect:
		return "the platform refused the server URL (" + said + "): compare the url with the one on the platform's live page"
	}
	return "the platform refused the stream key (" + said + "): check on its live page that this account may go live, create a new key there and set it here"
}

func explainDial(e *rtmp.DialError) string {
	at := e.Host + ": "
	switch e.Step {
	case rtmp.StepServer:
		return e.Err.Error()
	case rtmp.StepResolve:
		return at + explainName(e.Err)
	case rtmp.StepTCP:
		return at + "the server cannot be reached (" + trouble(e.Err) + "): check this machine's network and firewall, and the port in the url"
	case rtmp.StepTLS:
		return at + "no secure connection (" + trouble(e.Err) + "): check the url, this machine's clock, and ca_file if the server has a certificate of its own"
	case rtmp.StepHandshake:
		return at + "what answers there does not speak RTMP (" + trouble(e.Err) + "): check the url, its port, and whether it should begin with rtmps://"
	}
	return at + "the server ended the talk at " + strconv.Quote(string(e.Step)) + " (" + trouble(e.Err) + "): check the url and the key"
}

// explainName tells a name that does not exist from a name server that fails:
// only the first is a matter of spelling. What resolvers say holds local ports.
func explainName(err error) string {
	var dns *net.DNSError
	found := errors.As(err, &dns)
	why := "the name server failed"
	switch {
	case found && dns.IsNotFound:
		return "this server name was not found: check the spelling of the url, and this machine's network"
	case found && dns.IsTimeout, !found:
		why = "no answer in time"
	}
	return "this server name could not be looked up (" + why + "): check this machine's network and its DNS"
}

// trouble names the usual causes without what differs from try to try, such
// as local ports.
func trouble(err error) string {
	var (
		expired   x509.CertificateInvalidError
		otherHost x509.HostnameError
		unknown   x509.UnknownAuthorityError
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset by the other side"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no route"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed by the other side"
	case errors.As(err, &expired):
		return expired.Error()
	case errors.As(err, &otherHost):
		return otherHost.Error()
	case errors.As(err, &unknown):
		return unknown.Error()
	}
	return err.Error()
}

// quote shows what a stranger wrote: without control characters, and no more
// of it than fits a line.
func quote(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return strconv.Quote(text)
}
