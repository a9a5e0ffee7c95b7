package require_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

func TestNightlyRunsWhenAskedFor(t *testing.T) {
	for tier, runs := range map[string]bool{"": false, "other": false, "nightly": true} {
		t.Setenv(require.Tier, tier)
		ran := false
		t.Run("tier "+tier, func(t *testing.T) {
			require.Nightly(t)
			ran = true
		})
		if ran != runs {
			t.Errorf("with tier %q it ran: %v", tier, ran)
		}
	}
}

func TestForIsBoundedByHand(t *testing.T) {
	for text, want := range map[string]time.Duration{"": time.Minute, "5m": time.Minute, "7s": 7 * time.Second} {
		t.Setenv(require.Length, text)
		if got := require.For(t, time.Minute); got != want {
			t.Errorf("with %q it goes on for %v, want %v", text, got, want)
		}
	}
}
