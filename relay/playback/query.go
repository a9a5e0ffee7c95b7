package playback

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// directives are what a player asks of a media playlist (RFC 8216bis section
// 6.2.5). Others are not ours, and pass.
type directives struct {
	blocks  bool // there is a segment to wait for
	segment uint64
	hasPart bool
	part    uint64
	delta   bool
}

var errDirective = errors.New("malformed delivery directive")

// parseDirectives reads a query.
func parseDirectives(query string) (d directives, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return d, fmt.Errorf("%w: %w", errDirective, err)
	}
	if d.segment, d.blocks, err = number(values, "_HLS_msn"); err != nil {
		return d, err
	}
	if d.part, d.hasPart, err = number(values, "_HLS_part"); err != nil {
		return d, err
	}
	if d.hasPart && !d.blocks {
		return d, fmt.Errorf("%w: _HLS_part needs _HLS_msn", errDirective)
	}
	switch skip := values["_HLS_skip"]; {
	case len(skip) == 0:
	case len(skip) == 1 && (skip[0] == "YES" || skip[0] == "v2"):
		d.delta = true
	default:
		return d, fmt.Errorf("%w: _HLS_skip is YES or v2", errDirective)
	}
	return d, nil
}

// number reads a decimal-integer, which must be there once or not at all.
func number(values url.Values, name string) (n uint64, there bool, err error) {
	all := values[name]
	if len(all) == 0 {
		return 0, false, nil
	}
	if n, err = strconv.ParseUint(all[0], 10, 63); err != nil || len(all) > 1 {
		return 0, false, fmt.Errorf("%w: %s must be one whole number", errDirective, name)
	}
	return n, true, nil
}
