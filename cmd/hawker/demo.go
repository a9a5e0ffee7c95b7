package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"
)

func (a *app) demoCommand() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work, with nothing but this program",
		Long: `Play a clip into a real relay that sends it to three platforms, all built in and all
on this computer. One of the platforms misbehaves on purpose, and the encoder loses its network
once in a while. An offer begins after a few seconds: open the links of the watch page and the overlay
in a browser to see it as viewers would. Ctrl-C ends it.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, length)
				defer cancel()
			}
			return a.demo(ctx)
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "end after this long; 0 is on Ctrl-C")
	return cmd
}

// demo is a relay with an encoder before it and three platforms behind it.
type demo struct {
	out       io.Writer
	screen    bool // out is a terminal, which shows one page again and again
	relay     *relay.Relay
	stand     *stand
	platforms map[string]*relaytest.Platform
	began     time.Time

	mu      sync.Mutex // guards the rest, and out
	encoder *relaytest.Encoder
	story   []string
}

// demoPlatforms are the three, in the order in which they are shown.
var demoPlatforms = []string{"steady", "quick", "moody"}

// remembered is how many messages the built-in ends keep, so that a demo that
// runs for days does not grow.
const remembered = 2000

func (a *app) demo(ctx context.Context) error {
	d := &demo{out: a.out, platforms: map[string]*relaytest.Platform{}, began: time.Now()}
	if f, ok := a.out.(*os.File); ok {
		d.screen = term.IsTerminal(int(f.Fd()))
	}
	key := config.NewKey()
	conf := relay.Config{RTMP: "127.0.0.1:0", Streams: []relay.Stream{{Name: demoStream, Key: key, Hold: time.Minute, StopGrace: time.Second}}}
	for _, name := range demoPlatforms {
		// The buffer is small, so that one who stops reading is soon found out.
		p := relaytest.NewPlatform(relaytest.PlatformConfig{Keep: remembered, ReceiveBuffer: 8 << 10})
		if err := p.Start(); err != nil {
			return fmt.Errorf("start platform %s: %w", name, err)
		}
		defer p.Close()
		d.platforms[name] = p
		conf.Streams[0].Destinations = append(conf.Streams[0].Destinations, relay.Destination{
			Name: name, Enabled: true, Target: rtmp.Target{Server: p.URL(), Key: config.NewKey()},
		})
	}
	stand, err := openStand(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = stand.close() }()
	d.stand = stand
	d.relay, err = relay.New(conf, relay.Options{Version: version(), Logger: slog.New(slog.DiscardHandler), OnBroadcast: stand.follow(ctx)})
	if err != nil {
		return errors.Join(err, stand.store.Close())
	}
	if err := stand.attach(d.relay); err != nil {
		return errors.Join(err, stand.store.Close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return stand.run(ctx, d.relay.Ready()) })
	group.Go(func() error { return stand.sell(ctx, d.tell) })
	group.Go(func() error { return d.relay.Run(ctx) })
	group.Go(func() error { return d.play(ctx, key) })
	group.Go(func() error { return d.misbehave(ctx) })
	group.Go(func() error { return d.show(ctx) })
	if err := group.Wait(); err != nil {
		return err
	}
	return d.sum()
}

// play publishes the clip until ctx ends.
func (d *demo) play(ctx context.Context, key secret.Secret) error {
	select {
	case <-d.relay.Ready():
	case <-ctx.Done():
		return nil
	}
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		e := relaytest.NewEncoder(relaytest.EncoderConfig{
			Target: rtmp.Target{Server: "rtmp://" + d.relay.Addr().String() + "/live", Key: key},
			Source: c.Loop(),
			Keep:   remembered,
		})
		d.mu.Lock()
		d.encoder = e
		d.mu.Unlock()
		if err := e.Run(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("the built-in encoder: %w", err)
		}
		select { // it was cut off
		case <-time.After(encoderAway):
			d.tell("the encoder is back: it goes on air at its first keyframe")
		case <-ctx.Done():
		}
	}
	return nil
}

// encoderAway is for how long the encoder has no network.
const encoderAway = 6 * time.Second

// cutEncoder takes the encoder's network away.
func (d *demo) cutEncoder() {
	d.mu.Lock()
	e := d.encoder
	d.mu.Unlock()
	e.Kill()
}

// act is something that goes wrong on purpose.
type act struct {
	after time.Duration // after the one before
	text  string
	do    func(d *demo, moody *relaytest.Platform)
}

var acts = []act{
	{6 * time.Second, "moody resets the connection, and says twice that the key is still in use", func(_ *demo, p *relaytest.Platform) {
		p.Then(relaytest.BadName(), relaytest.BadName())
		p.Reset()
	}},
	{10 * time.Second, "the encoder loses its network: the platforms stay connected, with its last picture and silence",
		func(d *demo, _ *relaytest.Platform) { d.cutEncoder() }},
	{14 * time.Second, "moody stops reading, without closing: watch it become stalled, and cut", func(_ *demo, p *relaytest.Platform) { p.Stall() }},
	{26 * time.Second, "moody reads again: it goes on at a keyframe", func(_ *demo, p *relaytest.Platform) { p.Resume() }},
	{8 * time.Second, "moody goes down altogether", func(_ *demo, p *relaytest.Platform) { p.Down(); p.Reset() }},
	{8 * time.Second, "moody is up again", func(_ *demo, p *relaytest.Platform) { _ = p.Up() }},
}

// misbehave plays the acts over and over. The platforms other than moody must
// not notice.
func (d *demo) misbehave(ctx context.Context) error {
	for i := 0; ; i = (i + 1) % len(acts) {
		select {
		case <-time.After(acts[i].after):
			d.tell(acts[i].text)
			acts[i].do(d, d.platforms["moody"])
		case <-ctx.Done():
			return nil
		}
	}
}

// tell adds a line to the story, of which the last five lines are shown.
func (d *demo) tell(text string) {
	line := fmt.Sprintf("%4.0f s  %s", time.Since(d.began).Seconds(), text)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.story = append(d.story, line)
	d.story = d.story[max(0, len(d.story)-5):]
	if !d.screen {
		_, _ = fmt.Fprintln(d.out, line)
	}
}

// show prints the status each second on a terminal, and each five seconds into
// a file.
func (d *demo) show(ctx context.Context) error {
	every := 5 * time.Second
	if d.screen {
		every = time.Second
	} else {
		d.mu.Lock()
		_, _ = fmt.Fprintln(d.out, d.title())
		d.mu.Unlock()
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			if ctx.Err() == nil {
				d.page(now)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *demo) title() string {
	return "Hawker demo: a built-in encoder -> a real relay -> three built-in platforms. Ctrl-C ends it.\n" +
		"Watch page, to open in a browser: " + publicURL(d.stand.config(), "") + "/" + demoStream + "\n" +
		"Overlay, as OBS puts it into the picture: " + d.stand.web.OverlayLink(demoStream)
}

func (d *demo) page(now time.Time) {
	var b strings.Builder
	if d.screen {
		b.WriteString(clearScreen + d.title() + "\n\n")
	}
	writeStatus(&b, d.relay.Status(), now)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.screen && len(d.story) > 0 {
		b.WriteString("\n  What happens on purpose:\n    " + strings.Join(d.story, "\n    ") + "\n")
	}
	_, _ = fmt.Fprintln(d.out, b.String())
}

// sum says what each platform has received, compared with what was sent.
func (d *demo) sum() error {
	if d.encoder == nil {
		return errors.New("the demo ended before it began")
	}
	_, _ = fmt.Fprintf(d.out, "\nThe encoder sent %d messages since it last connected. What the platforms received:\n", d.encoder.Len())
	sent := d.encoder.Sent()
	for _, name := range demoPlatforms {
		p := d.platforms[name]
		messages, verdict := 0, "nothing"
		for _, s := range p.Sessions() {
			messages += s.Len()
		}
		if sessions := p.Sessions(); len(sessions) > 0 {
			verdict = compareTail(sent, sessions[len(sessions)-1].Messages())
		}
		_, _ = fmt.Fprintf(d.out, "  %-8s %5d messages over %d connection(s), the last one %s\n", name, messages, len(p.Sessions()), verdict)
	}
	return nil
}

// compareTail counts backwards, from the last message that the platform got, how
// many are the same, byte for byte.
func compareTail(sent []relaytest.Sent, got []relaytest.Received) string {
	n := 0
	if len(got) > 0 {
		last := len(sent)
		for last > 0 && sent[last-1].Hash != got[len(got)-1].Hash {
			last--
		}
		for n < last && n < len(got) && sent[last-1-n].Hash == got[len(got)-1-n].Hash {
			n++
		}
	}
	if n == 0 {
		return "ending before what is remembered"
	}
	return fmt.Sprintf("ending with %d that equal the encoder's byte for byte", n)
}
