package relaytest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hawker-live/hawker/relay/media"
)

// pair is a message and what became of it, as indices.
type pair struct{ sent, got int }

// matching is how what was got fits to what was sent.
type matching struct {
	pairs []pair
	gaps  []Gap
	err   error
}

func (m matching) better(than matching) bool {
	if (m.err == nil) != (than.err == nil) {
		return m.err == nil
	}
	if m.err == nil {
		return len(m.gaps) < len(than.gaps)
	}
	return len(m.pairs) > len(than.pairs)
}

// match pairs what was got with what was sent, from the first keyframe on. A
// payload may have been sent more than once, by a clip that loops: the place
// that fits best is the one that is meant.
func match(sent []Sent, got []Received) matching {
	start, err := begin(sent, got)
	if err != nil {
		return matching{err: err}
	}
	best := matching{err: fmt.Errorf("got[%d] is %v: it was never sent", start, got[start].Payload)}
	for i := range sent {
		if !same(sent[i].Payload, got[start].Payload) {
			continue
		}
		if m := follow(sent, got, i, start); m.better(best) {
			best = m
		}
		if best.err == nil && len(best.gaps) == 0 {
			break
		}
	}
	return best
}

// begin is where comparing begins in got.
func begin(sent []Sent, got []Received) (int, error) {
	hasVideo := slices.ContainsFunc(sent, func(s Sent) bool { return s.Keyframe })
	for i, r := range got {
		switch {
		case r.Keyframe, !hasVideo && r.frame():
			return i, nil
		case r.Kind == media.Video && r.frame():
			return 0, fmt.Errorf("got[%d] is %v: the first frame is no keyframe", i, r.Payload)
		}
	}
	if hasVideo {
		return 0, fmt.Errorf("no keyframe in the %d messages that were received", len(got))
	}
	return 0, errors.New("no keyframe was sent, and no audio was received")
}

func same(a, b Payload) bool { return a.Hash == b.Hash && a.Kind == b.Kind && a.Len == b.Len }

// follow walks both lists from got[j], which is sent[i].
func follow(sent []Sent, got []Received, i, j int) (m matching) {
	var repeated []Received // headers that were not sent just here
	for ; j < len(got); j++ {
		r := got[j]
		if r.Kind == media.Data {
			continue
		}
		i = nextAV(sent, i)
		switch at := find(sent, i, r); {
		case at == i && len(repeated) == 0:
		case r.Header && at != i:
			repeated = append(repeated, r)
			continue
		case at == i:
			m.err = fmt.Errorf("got[%d] is %v: it stands before %v, but was not sent there", j-1, got[j-1].Payload, r.Payload)
			return m
		case at < 0:
			m.err = stranger(sent[:min(i, len(sent))], j, r)
			return m
		case r.Kind == media.Video && !r.Keyframe || r.Kind == media.Audio && m.video(sent):
			m.err = fmt.Errorf("got[%d] is %v: messages are missing before it, from sent[%d], %v, to sent[%d], and it is no keyframe", j, r.Payload, i, sent[i].Payload, at-1)
			return m
		default:
			m.gaps = append(m.gaps, Gap{Sent: i, Missing: missing(sent[i:at], repeated), Got: j})
			repeated, i = nil, at
		}
		m.pairs = append(m.pairs, pair{i, j})
		i++
	}
	return m
}

// video tells whether there is video in what is matched.
func (m matching) video(sent []Sent) bool {
	return len(m.pairs) > 0 && sent[m.pairs[0].sent].Kind == media.Video
}

// nextAV is the index of the next audio or video message, or len(sent).
func nextAV(sent []Sent, i int) int {
	for i < len(sent) && sent[i].Kind == media.Data {
		i++
	}
	return i
}

// find is where r was sent, from i on, or -1.
func find(sent []Sent, i int, r Received) int {
	for ; i < len(sent); i++ {
		if same(sent[i].Payload, r.Payload) {
			return i
		}
	}
	return -1
}

// missing counts the audio and video messages that were left out.
func missing(sent []Sent, repeated []Received) (n int) {
	for _, s := range sent {
		if s.Kind != media.Data && !slices.ContainsFunc(repeated, func(r Received) bool { return same(s.Payload, r.Payload) }) {
			n++
		}
	}
	return n
}

func stranger(before []Sent, j int, r Received) error {
	for k := len(before) - 1; k >= 0; k-- {
		if same(before[k].Payload, r.Payload) {
			return fmt.Errorf("got[%d] is %v: it is repeated or out of order, it was sent[%d]", j, r.Payload, k)
		}
	}
	return fmt.Errorf("got[%d] is %v: it was never sent", j, r.Payload)
}

// checkHeaders tells whether the headers in force stood before the first frame.
func checkHeaders(sent []Sent, got []Received, first pair) error {
	for _, kind := range []media.Kind{media.Video, media.Audio} {
		want, ok := lastHeader(sent[:first.sent], func(s Sent) Payload { return s.Payload }, kind)
		if !ok {
			continue
		}
		have, ok := lastHeader(got[:first.got], func(r Received) Payload { return r.Payload }, kind)
		if !ok {
			return fmt.Errorf("no %v header before the first frame, got[%d]", kind, first.got)
		}
		if !same(want, have) {
			return fmt.Errorf("the %v header before the first frame, got[%d], is %v, and not the one in force, %v", kind, first.got, have, want)
		}
	}
	return nil
}

func lastHeader[T any](list []T, of func(T) Payload, kind media.Kind) (Payload, bool) {
	for _, v := range slices.Backward(list) {
		if p := of(v); p.Kind == kind && p.Header {
			return p, true
		}
	}
	return Payload{}, false
}
