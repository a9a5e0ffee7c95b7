package config

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// blockedWordsFile reads a file with a word or phrase a line. Empty lines and
// those that begin with # are none.
func (d *decoder) blockedWordsFile(c *Chat) field {
	return func(path string, n *yaml.Node) {
		d.path(&c.BlockedWordsFile)(path, n)
		if d.failed(path) {
			return
		}
		if known, read := d.wordLists[c.BlockedWordsFile]; read { // mistakes are told once
			c.BlockedWords = known
			return
		}
		data, ok := d.readFile(path, n, c.BlockedWordsFile)
		switch {
		case !ok:
			return
		case !utf8.Valid(data):
			d.fail(n, path, "the file is not text in UTF-8")
			return
		}
		file := &decoder{file: c.BlockedWordsFile}
		c.BlockedWords = file.wordList(strings.TrimPrefix(string(data), "\ufeff"))
		d.others = append(d.others, file.errs...)
		if d.wordLists == nil {
			d.wordLists = map[string][]string{}
		}
		d.wordLists[c.BlockedWordsFile] = c.BlockedWords
	}
}

// wordList reads the lines of a file. Its errors do not repeat them: it may be a
// file of keys.
func (d *decoder) wordList(text string) []string {
	var list []string
	number := 0
	for line := range strings.Lines(text) {
		number++
		at := &yaml.Node{Line: number, Column: 1}
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if len(list) == MaxBlockedWords {
			d.fail(at, "", "has more than %d words", MaxBlockedWords)
			break
		}
		var word string
		if fault := readBlockedWord(&word)(line); fault != "" {
			d.fail(at, "", "the word %s", fault)
		}
		list = append(list, word)
	}
	return list
}
