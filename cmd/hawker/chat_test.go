package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestChatByTheCommandLine(t *testing.T) {
	h := serve(t, strings.Replace(mainYAML(), "    stop_grace", "    chat: {blocked_words: [casino]}\n    stop_grace", 1))
	const viewer = "x3J0c9vTq2mE1a8Z"
	h.does([]string{"chat", "show", "main"}, "The chat of main is open: 0 read it, 1 blocked words, kept for 24h")
	said := h.does([]string{"chat", "say", "main", "Shipping is free today"}, `main said it on main, as message \d+`)
	h.does([]string{"chat", "say", "main", "Be kind", "--as", "Mai"}, "Mai said it")
	h.fails(exitFailure, []string{"chat", "say", "main", "two\nlines"}, "on one line")
	h.does([]string{"chat", "show", "main"}, `\d+  \d\d:\d\d:\d\d  host +main: Shipping is free today`, `moderator +Mai: Be kind`)
	id := regexp.MustCompile(`\d{6,}`).FindString(said)
	h.does([]string{"chat", "delete", "main", id}, "Message "+id+" is gone")
	h.does([]string{"chat", "mute", "main", viewer, "--for", "1h"}, viewer+" is muted on main until .*\nThe address is not known")
	h.does([]string{"chat", "ban", "main", viewer, "--viewer-only"}, viewer+" is banned on main until [-0-9 :]*\n$")
	h.does([]string{"chat", "ban", "main", viewer}, viewer+" is banned on main until .*\nThe address is not known, .*another id is a way around")
	h.does([]string{"chat", "mute", "main", viewer}, viewer+" is banned on main until ")
	h.does([]string{"chat", "slow", "main", "30s"}, "once in 30s")
	h.does([]string{"chat", "words", "main", "--add", "scam", "--add", "free money", "--add", "scam"}, "2 words are blocked")
	h.does([]string{"chat", "close", "main"}, "is closed")
	h.metric(`hawker_chat_messages_total{stream="main"} 2`)
	h.metric(`hawker_chat_readers{stream="main"} 0`)

	if code := h.end(); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, h.log)
	}
	h = resume(t, h)
	h.does([]string{"chat", "show", "main"}, "is closed: 0 read it, slow mode 30s, 3 blocked words", "Mai: Be kind", viewer+" +ban +until")
	if out := h.does([]string{"chat", "show", "main", "--json"}, `"role": "moderator"`); regexp.MustCompile(id).MatchString(out) {
		t.Errorf("a deleted message is there:\n%s", out)
	}
	h.does([]string{"chat", "words", "main"}, "^scam\nfree money\n# in the configuration: casino\n$")
	list := filepath.Join(t.TempDir(), "words.txt")
	must(t, os.WriteFile(list, []byte("# ours\nspam\n\nscam\n"), 0o600))
	h.does([]string{"chat", "words", "main", "--from", list, "--remove", "scam"}, "1 words are blocked")
	h.does([]string{"chat", "words", "main"}, "^spam\n# in the configuration: casino\n$")
	h.does([]string{"chat", "open", "main"}, "is open")
	h.does([]string{"chat", "slow", "main", "0s"}, "as often as they like")
	h.does([]string{"chat", "unban", "main", viewer}, "may write on main")
	h.does([]string{"chat", "erase", "main", viewer}, "is gone")

	h.fails(exitFailure, []string{"chat", "slow", "main", "6m"}, "slow_seconds must be 0 to 300")
	h.fails(exitUsage, []string{"chat", "slow", "main", "soon"}, "30s")
	h.fails(exitUsage, []string{"chat", "mute", "main", viewer, "--for", "0s"}, "--for")
	h.fails(exitFailure, []string{"chat", "ban", "main", "Ana"}, "public id")
	h.fails(exitFailure, []string{"chat", "show", "other"}, "no stream with a chat")
	h.fails(exitUsage, []string{"chat", "say", "main"}, "STREAM")
}
