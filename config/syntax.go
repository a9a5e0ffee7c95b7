package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	syntaxLine    = regexp.MustCompile(`^yaml: line (\d+): `)
	unknownAnchor = regexp.MustCompile(`^yaml: unknown anchor '.*' referenced`)
)

// syntax reports an error of the YAML parser without what it quotes.
func (d *decoder) syntax(data []byte, err error) {
	at, text := &yaml.Node{Line: 1, Column: 1}, err.Error()
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	if errors.Is(err, errManyDocuments) {
		d.fail(at, "", "a second document begins here: the file must be a single one, without --- in it")
		return
	}
	at.Line = faultLine(data, at.Line)
	switch {
	case unknownAnchor.MatchString(text):
		text = "an alias (*) names no anchor (&) before it; a text that begins with * needs quotes"
	case strings.Contains(text, "',' or") && bytes.Contains(data, []byte("${")):
		text = `not valid YAML: within {...}, ${NAME} needs quotes: key: "${NAME}"`
	default:
		text = "not valid YAML: " + strings.TrimPrefix(text, "yaml: ")
	}
	d.fail(at, "", "%s", text)
}

// faultLine returns the line at which data stops being YAML. The parser tells
// where the list or mapping around it begins, or nothing; so this looks for
// the longest part that can be read. Large files have to do with told.
func faultLine(data []byte, told int) int {
	const most = 32 << 10
	if len(data) > most {
		return told
	}
	for end := len(data); end > 0; {
		end = bytes.LastIndexByte(data[:end-1], '\n') + 1
		if _, err := parseYAML(data[:end]); err == nil || errors.Is(err, io.EOF) {
			return bytes.Count(data[:end], []byte("\n")) + 1
		}
	}
	return told
}
