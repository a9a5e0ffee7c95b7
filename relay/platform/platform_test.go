package platform_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/platform"
)

func TestEveryPlatformIsComplete(t *testing.T) {
	shape, seen := regexp.MustCompile(`^[a-z0-9-]+$`), map[string]bool{}
	for _, p := range platform.All() {
		t.Run(p.ID, func(t *testing.T) {
			if !shape.MatchString(p.ID) || seen[p.ID] {
				t.Errorf("id %q is taken or has odd signs", p.ID)
			}
			seen[p.ID] = true
			if p.Name == "" || p.FindKey == "" {
				t.Error("no name, or nothing on where to find the key")
			}
			if p.NeedsURL == (p.Server != "") {
				t.Error("exactly one of Server and NeedsURL must be set")
			}
			if p.NeedsURL && !strings.HasSuffix(p.FindURL, ".") {
				t.Errorf("FindURL is not a sentence: %q", p.FindURL)
			}
			if p.BackupServer != "" && p.Server == "" {
				t.Error("a backup without a server")
			}
			if p.Social && (p.Credential == platform.CredentialUnknown || len(p.Limits.Codecs) == 0) {
				t.Error("credential or codecs unknown")
			}
		})
	}
}

func TestEveryServerIsAnRTMPURLWithAnApp(t *testing.T) {
	for _, p := range platform.All() {
		for name, server := range map[string]string{
			"server": p.Server, "backup": p.BackupServer,
			"plain server": p.PlainServer, "plain backup": p.PlainBackupServer,
		} {
			if server == "" {
				continue
			}
			t.Run(p.ID+" "+name, func(t *testing.T) {
				u, err := url.Parse(server)
				if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") == "" {
					t.Fatalf("%s is not a server with an app (%v)", server, err)
				}
				plain := strings.HasPrefix(name, "plain")
				if u.Scheme != "rtmp" && u.Scheme != "rtmps" || plain && u.Scheme != "rtmp" {
					t.Errorf("%s has the wrong scheme", server)
				}
			})
		}
	}
}

func TestLimitsAreSensible(t *testing.T) {
	for _, p := range platform.All() {
		l := p.Limits
		for name, wrong := range map[string]bool{
			"video kbit/s":       l.MaxVideoKbps != 0 && (l.MaxVideoKbps < 1000 || l.MaxVideoKbps > 100_000),
			"audio kbit/s":       l.MaxAudioKbps != 0 && (l.MaxAudioKbps < 64 || l.MaxAudioKbps > 512),
			"keyframe interval":  l.RecommendedKeyframeInterval > 4*time.Second,
			"recommended is max": l.MaxKeyframeInterval != 0 && l.MaxKeyframeInterval < l.RecommendedKeyframeInterval,
			"frame rate":         l.MaxFrameRate != 0 && (l.MaxFrameRate < 30 || l.MaxFrameRate > 120),
			"sizes":              !slices.IsSortedFunc(l.Sizes, func(a, b platform.Size) int { return a.Lines - b.Lines }),
		} {
			if wrong {
				t.Errorf("%s: %s is out of range: %+v", p.ID, name, l)
			}
		}
		if l.Codecs != nil && !slices.Contains(l.Codecs, "H264") {
			t.Errorf("%s takes no H264", p.ID)
		}
	}
}

func TestVideoKbpsBySize(t *testing.T) {
	for _, c := range []struct {
		name          string
		id            string
		width, height int
		frameRate     float64
		want          int
	}{
		{"facebook 1080p60", "facebook", 1920, 1080, 60, 9000},
		{"facebook 1080p30", "facebook", 1920, 1080, 30, 6000},
		{"facebook 1080p30, measured a little high", "facebook", 1920, 1080, 30.2, 6000},
		{"facebook 1080p50 counts as 60", "facebook", 1920, 1080, 50, 9000},
		{"facebook 720p30", "facebook", 1280, 720, 30, 4000},
		{"facebook 720p30 upright", "facebook", 720, 1280, 30, 4000},
		{"facebook 360p60 is in no row of its own", "facebook", 640, 360, 60, 6000},
		{"facebook beyond every row", "facebook", 2560, 1440, 30, 9000},
		{"facebook, size not known", "facebook", 0, 0, 30, 9000},
		{"facebook, rate not known", "facebook", 1280, 720, 0, 9000},
		{"rumble 1080p60", "rumble", 1920, 1080, 60, 10000},
		{"rumble 2160p60", "rumble", 3840, 2160, 60, 30000},
		{"twitch has one for all", "twitch", 640, 360, 30, 6000},
		{"kick has none", "kick", 1920, 1080, 60, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := platform.Lookup(c.id)
			if got := p.Limits.VideoKbps(c.width, c.height, c.frameRate); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestNamedPlatformsAreThere(t *testing.T) {
	for _, id := range []string{
		"youtube", "youtube-backup", "twitch", "facebook", "kick", "tiktok",
		"instagram", "x", "linkedin", "trovo", "rumble", "custom",
	} {
		p, ok := platform.Lookup(id)
		if !ok || p.ID != id || !slices.Contains(platform.IDs(), id) {
			t.Errorf("%s is not in the catalogue", id)
		}
	}
	if p, ok := platform.Lookup("YouTube"); ok || p.ID != "" {
		t.Error("ids are lower case")
	}
}

func TestCallersCannotChangeTheCatalogue(t *testing.T) {
	platform.All()[0].Limits.Codecs[0] = "changed"
	platform.All()[2].Limits.Codecs[0] = "changed"
	for _, p := range platform.All() {
		if slices.Contains(p.Limits.Codecs, "changed") {
			t.Errorf("%s was changed", p.ID)
		}
	}
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct{ name, given, want string }{
		{"slip", "yuotube", "youtube"},
		{"upper case", "Twitch", "twitch"},
		{"beginning", "insta", "instagram"},
		{"missing letter", "facbook", "facebook"},
		{"display name", "custom server", "custom"},
		{"one letter off of a short one", "kik", "kick"},
		{"nothing like it", "vimeo-enterprise", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := platform.Suggest(c.given); got != c.want {
				t.Errorf("Suggest(%q) = %q, want %q", c.given, got, c.want)
			}
		})
	}
}

func ExampleLookup() {
	p, _ := platform.Lookup("facebook")
	fmt.Println(p.Name, "takes keyframes every", p.Limits.MaxKeyframeInterval, "at least")
	fmt.Println("its key is good", p.Credential)
	// Output:
	// Facebook takes keyframes every 4s at least
	// its key is good for a broadcast that begins within 24 hours
}
