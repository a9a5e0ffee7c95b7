package config

import (
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"
)

// What holds for chats; texts in characters.
const (
	DefaultChatRetention = 24 * time.Hour
	MinChatRetention     = time.Minute
	MaxChatRetention     = 30 * 24 * time.Hour
	MaxSlow              = 5 * time.Minute
	MaxHost              = 24
	MaxBlockedWords      = 1000
	MaxBlockedWord       = 50
)

// Chat is what viewers may write beside a stream.
type Chat struct {
	// Slow is the least time between two messages of one viewer, whole seconds
	// from 0 to MaxSlow.
	Slow time.Duration
	// Host is the nickname that only the host has, at most MaxHost characters;
	// empty is the stream's name.
	Host string
	// BlockedWords are at most MaxBlockedWords words or phrases that no message
	// may have, each of at most MaxBlockedWord characters, with a letter or a
	// digit.
	BlockedWords []string
	// BlockedWordsFile is the path they were read from; empty if they were not.
	BlockedWordsFile string
}

// chat reads the rules of a chat, or true for one without. A stream has none
// without the field.
func (d *decoder) chat(to **Chat) field {
	return func(path string, n *yaml.Node) {
		n = follow(n)
		enabled, c := true, &Chat{}
		switch {
		case empty(n) && d.spend(n, path):
			return
		case n.Kind == yaml.ScalarNode:
			d.flag(&enabled)(path, n)
		default:
			d.chatRules(path, n, c, &enabled)
		}
		if enabled && !d.failed(path) {
			*to = c
		}
	}
}

func (d *decoder) chatRules(path string, n *yaml.Node, c *Chat, enabled *bool) {
	at := map[string]*yaml.Node{}
	d.mapping(path, n, keepAll(at, fields{
		"enabled":            d.flag(enabled),
		"slow":               d.read(readSlow(&c.Slow)),
		"host":               d.read(d.readHost(&c.Host)),
		"blocked_words":      d.atMost(MaxBlockedWords, d.list(d.blockedWord(&c.BlockedWords))),
		"blocked_words_file": d.blockedWordsFile(c),
	}))
	if file := at["blocked_words_file"]; file != nil && at["blocked_words"] != nil {
		d.fail(file, join(path, "blocked_words_file"), "blocked_words and blocked_words_file are both given: keep one")
	}
}

func readSlow(to *time.Duration) reader {
	return func(text string) string {
		var v time.Duration
		if fault := parseDuration(&v, text, MaxSlow); fault != "" {
			return fault
		}
		if v%time.Second != 0 {
			return "must be whole seconds, such as 5s"
		}
		*to = v
		return ""
	}
}

// readHost reads a nickname, which everybody must be able to tell from others.
func (d *decoder) readHost(to *string) reader {
	return func(text string) string {
		var name string
		if fault := readLine(&name, MaxHost)(text); fault != "" {
			return fault
		}
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return "has an invisible character within: write it anew"
		}
		if d.opts.Nickname != nil {
			if err := d.opts.Nickname(name); err != nil {
				return "cannot be a name in a chat: " + err.Error()
			}
		}
		*to = name
		return ""
	}
}

func (d *decoder) blockedWord(to *[]string) field {
	return func(path string, n *yaml.Node) {
		var word string
		d.read(readBlockedWord(&word))(path, n)
		*to = append(*to, word)
	}
}

func readBlockedWord(to *string) reader {
	return func(text string) string {
		if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			return "has no letter or digit to be found by"
		}
		return readLine(to, MaxBlockedWord)(text)
	}
}
