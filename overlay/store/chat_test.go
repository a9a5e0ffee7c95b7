package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

// message is a viewer's, of noon and some milliseconds.
func message(id uint64, stream, viewer string) overlay.ChatChange {
	return overlay.ChatChange{Message: &overlay.ChatMessage{
		ID: id, Stream: stream, At: noon.Add(time.Duration(id) * time.Millisecond), Viewer: viewer,
		Nickname: "Ánh 🌶", Role: overlay.ChatViewer, Text: fmt.Sprintf("'; DROP TABLE x; -- %d", id),
	}}
}

func loadChat(t *testing.T, s *store.Store, most int) overlay.ChatKept {
	t.Helper()
	kept, err := s.LoadChat(t.Context(), most)
	must(t, err)
	return kept
}

func ids(kept overlay.ChatKept) (out []uint64) {
	for _, m := range kept.Messages {
		out = append(out, m.ID)
	}
	return out
}

func testChat(t *testing.T, c store.Config) {
	s := open(t, c)
	same(t, loadChat(t, s, 100), overlay.ChatKept{Settings: map[string]overlay.ChatSettings{}})
	var changes []overlay.ChatChange
	for id := uint64(1); id <= 120; id++ {
		changes = append(changes, message(id, []string{"main", "second"}[id%2], fmt.Sprintf("viewer-%d", id%3)))
	}
	must(t, s.WriteChat(t.Context(), changes))
	must(t, s.WriteChat(t.Context(), changes)) // again, as after a connection that broke
	must(t, s.Close())
	s = open(t, c)
	kept := loadChat(t, s, 100)
	same(t, []int{len(kept.Messages), int(kept.LastID)}, []int{120, 120})
	for i, m := range kept.Messages {
		same(t, m, *changes[i].Message)
	}
	same(t, ids(loadChat(t, s, 2)), []uint64{117, 118, 119, 120})
}

func testChatModeration(t *testing.T, c store.Config) {
	s := open(t, c)
	must(t, s.WriteChat(t.Context(), []overlay.ChatChange{
		message(1, "main", "a"), message(2, "main", "b"), message(3, "second", "a"), message(4, "main", "a"), message(5, "main", "c"), message(6, "second", "c"),
		{Stream: "second", Deleted: 2}, {Stream: "main", Deleted: 4}, {Stream: "main", Viewer: "c", Cleared: true},
		message(7, "main", "b"),
	}))
	same(t, ids(loadChat(t, s, 100)), []uint64{1, 2, 3, 6, 7})
	must(t, s.WriteChat(t.Context(), []overlay.ChatChange{message(8, "main", "a"), {Viewer: "a", Erased: true}}))
	same(t, ids(loadChat(t, s, 100)), []uint64{2, 6, 7})

	ban := overlay.ChatSanction{Stream: "main", Viewer: "b", Kind: overlay.ChatBan, Until: noon.Add(time.Hour), Address: []byte("0123456789abcdef"), Day: "2126-03-01"}
	mute := overlay.ChatSanction{Stream: "second", Viewer: "b", Kind: overlay.ChatMute, Until: noon.Add(time.Minute)}
	settings := overlay.ChatSettings{Enabled: true, SlowSeconds: 30, BlockedWords: []string{"scam", `"<&`}}
	must(t, s.WriteChat(t.Context(), []overlay.ChatChange{
		{Sanction: &overlay.ChatSanction{Stream: "main", Viewer: "b", Kind: overlay.ChatMute, Until: noon}}, {Sanction: &ban}, {Sanction: &mute},
		{Sanction: &overlay.ChatSanction{Stream: "main", Viewer: "c", Kind: overlay.ChatMute, Until: noon}}, {Stream: "main", Viewer: "c", Lifted: true},
		{Stream: "main", Settings: &overlay.ChatSettings{}}, {Stream: "main", Settings: &settings},
	}))
	must(t, s.Close())
	s = open(t, c)
	kept := loadChat(t, s, 1)
	same(t, kept.Sanctions, []overlay.ChatSanction{ban, mute})
	same(t, kept.Settings, map[string]overlay.ChatSettings{"main": settings})
	same(t, kept.LastID, uint64(7))
}

func testChatPrune(t *testing.T, c store.Config) {
	s := open(t, c)
	ban := overlay.ChatSanction{Stream: "main", Viewer: "b", Kind: overlay.ChatBan, Until: noon.Add(48 * time.Hour), Address: []byte("0123456789abcdef"), Day: "2126-03-01"}
	mute := overlay.ChatSanction{Stream: "main", Viewer: "a", Kind: overlay.ChatMute, Until: noon.Add(time.Minute)}
	must(t, s.WriteChat(t.Context(), []overlay.ChatChange{message(1, "main", "a"), message(2, "main", "b"), message(3, "main", "c"), {Sanction: &ban}, {Sanction: &mute}}))
	must(t, s.PruneChat(t.Context(), noon.Add(2*time.Millisecond), noon.Add(time.Minute)))
	kept := loadChat(t, s, 100)
	same(t, ids(kept), []uint64{2, 3})
	same(t, kept.Sanctions, []overlay.ChatSanction{ban})
	must(t, s.PruneChat(t.Context(), noon.Add(time.Hour), noon.Add(12*time.Hour)))
	kept = loadChat(t, s, 100)
	ban.Address, ban.Day = nil, ""
	same(t, kept.Sanctions, []overlay.ChatSanction{ban})
	same(t, len(kept.Messages), 0)
}

func testDaySalt(t *testing.T, c store.Config) {
	s := open(t, c)
	one, err := s.DaySalt(t.Context(), "2126-03-01")
	must(t, err)
	must(t, s.Close())
	s = open(t, c)
	again, err := s.DaySalt(t.Context(), "2126-03-01")
	must(t, err)
	other, err := s.DaySalt(t.Context(), "2126-03-02")
	must(t, err)
	if len(one) < 16 || string(again) != string(one) || string(other) == string(one) {
		t.Errorf("salts of %d bytes: %x, %x, %x", len(one), one, again, other)
	}
}

// A start does not read all that was ever said.
func TestLatestMessagesAreFoundByTheIndex(t *testing.T) {
	plan, err := open(t, store.Config{Folder: t.TempDir()}).ChatPlan(t.Context())
	must(t, err)
	if strings.Contains(plan, "SCAN hawker_chat_messages") || !strings.Contains(plan, "SEARCH hawker_chat_messages USING INDEX hawker_chat_messages_stream (stream=? AND id>?)") {
		t.Errorf("it is found by\n%s", plan)
	}
}

// What a viewer erased must not be found on the disk, soon after; those who write
// at the same time do not wait for that.
func TestErasedChatIsNotOnTheDisk(t *testing.T) {
	folder := t.TempDir()
	s := open(t, store.Config{Folder: folder})
	erase := func() {
		t.Helper()
		change := message(1, "main", "a")
		change.Message.Text = "canary-of-a-viewer"
		must(t, s.WriteChat(t.Context(), []overlay.ChatChange{change, message(2, "main", "b")}))
		if !onDisk(t, folder, "canary-of-a-viewer") {
			t.Fatal("the test looks in the wrong place")
		}
		must(t, s.WriteChat(t.Context(), []overlay.ChatChange{{Viewer: "a", Erased: true}}))
	}
	erase()
	if !onDisk(t, folder, "canary-of-a-viewer") {
		t.Error("the write has tidied up")
	}
	must(t, s.Prune(t.Context(), time.Now()))
	if onDisk(t, folder, "canary-of-a-viewer") {
		t.Error("it is there")
	}
	erase()
	run(t, s)
	waitFor(t, func() bool { return !onDisk(t, folder, "canary-of-a-viewer") })
	erase()
	waitFor(t, func() bool { return !onDisk(t, folder, "canary-of-a-viewer") })
}

func onDisk(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if errors.Is(err, os.ErrNotExist) { // SQLite's own come and go
			continue
		}
		must(t, err)
		if strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}
