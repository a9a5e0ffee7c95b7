package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hawker-live/hawker/config/secret"
	"golang.org/x/term"
)

// maxKey is far more than any platform's stream key, in bytes.
const maxKey = 4096

// readKey gets a stream key from where other programs and the shell's history
// do not see it: a file, or standard input, which is a prompt without echo when
// a person sits there.
func (a *app) readKey(what, file string) (secret.Secret, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return secret.Secret{}, fmt.Errorf("key file: %w", err)
		}
		return checkKey(string(b))
	}
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		_, _ = fmt.Fprintf(a.err, "%s (not shown): ", what)
		b, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(a.err)
		if err != nil {
			return secret.Secret{}, fmt.Errorf("read the key: %w", err)
		}
		return checkKey(string(b))
	}
	line, err := bufio.NewReader(io.LimitReader(a.in, maxKey)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return secret.Secret{}, fmt.Errorf("read the key from standard input: %w", err)
	}
	return checkKey(line)
}

func checkKey(text string) (secret.Secret, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return secret.Secret{}, usagef("the key is empty: type it at the prompt, pipe it in, or name a file with --key-file")
	case len(text) > maxKey || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return secret.Secret{}, usagef("the key holds spaces or line breaks, or is too long: copy it again")
	}
	return secret.New(text), nil
}
