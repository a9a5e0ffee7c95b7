// Package relaytest holds the other sides of a relay: Platform, a fake of what a
// relay sends to; Encoder, a fake of what sends to a relay, with Clip and
// Synthetic to play; Proxy, a bad line between any two; CA, certificates good
// and bad; and Compare with its kin, which tell whether what went in came out.
//
// Tests stand on it, and so does the demo, so that nothing here imports package
// testing: helpers that end a test take the small interface TB, which testing.T
// and testing.B satisfy.
//
// A test reads like this:
//
//	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
//	p.Then(relaytest.BadName(), relaytest.BadName()) // the first two dials are refused
//	...a relay that publishes to p.URL() and listens on addr...
//	clip := relaytest.Synthetic{Duration: 5 * time.Second}
//	e := relaytest.StartEncoder(ctx, t, relaytest.EncoderConfig{Target: target, Source: clip.Source()})
//	s, err := p.WaitSession(ctx, 1)
//	...
//	p.Stall()   // the platform stops reading
//	p.Resume()
//	e.Stop()
//	err = relaytest.Compare(e.Sent(), s.Messages())
//
// Everything that waits takes a context and wakes on the event itself: there is
// nothing to poll and no reason to sleep.
//
// Belongs here: peers on the network, and checks of what they saw. Does not:
// fakes of the project's own types, and anything that the relay needs to work.
// The dialogues and the Encoder's chunk layer are written here once more, apart
// from package rtmp, so that a mistake there is not made on both sides.
package relaytest
