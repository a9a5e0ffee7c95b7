package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/spf13/cobra"
)

// changeChat changes settings, and returns those in force.
func (a *app) changeChat(cmd *cobra.Command, stream string, change map[string]any) (s overlay.ChatSettings, err error) {
	err = a.call(cmd.Context(), http.MethodPatch, chatPath(stream, "settings"), change, &s)
	return s, err
}

func (a *app) chatSlowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "slow STREAM TIME",
		Short: "Let each viewer write once in a time, such as 30s, up to 5m; 0s is as often as they like",
		Args:  exactly("STREAM", "TIME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			length, err := time.ParseDuration(args[1])
			if err != nil || length%time.Second != 0 {
				return usagef("TIME is whole seconds with a unit, such as 30s; not %q", args[1])
			}
			s, err := a.changeChat(cmd, args[0], map[string]any{"slow_seconds": int(length.Seconds())})
			if err != nil {
				return err
			}
			text := "Viewers write on " + args[0] + " as often as they like"
			if s.SlowSeconds > 0 {
				text = "Each viewer writes on " + args[0] + " once in " + strconv.Itoa(s.SlowSeconds) + "s"
			}
			_, err = fmt.Fprintln(a.out, text)
			return err
		},
	}
}

func (a *app) chatOpenCommand() *cobra.Command {
	return a.chatDoorCommand("open STREAM", "Let viewers write again", true)
}

func (a *app) chatCloseCommand() *cobra.Command {
	return a.chatDoorCommand("close STREAM", "Let nobody write but the host and moderators", false)
}

func (a *app) chatDoorCommand(use, short string, open bool) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactly("STREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.changeChat(cmd, args[0], map[string]any{"enabled": open}); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "The chat of %s is %s\n", args[0], map[bool]string{true: "open", false: "closed"}[open])
			return err
		},
	}
}

func (a *app) chatWordsCommand() *cobra.Command {
	var add, remove []string
	var file string
	cmd := &cobra.Command{
		Use:   "words STREAM",
		Short: "Print the words that no message may have, or change them",
		Long: `Print the words that no message may have, one a line, or change them. They count besides
those of the configuration, as whole words; capitals, accents and digits instead of letters
make no difference.

  hawker chat words main --add scam --add "free money"
  hawker chat words main --from words.txt      # instead of those there are; - reads the standard input`,
		Args: exactly("STREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var now chat.Status
			if err := a.call(cmd.Context(), http.MethodGet, chatPath(args[0]), nil, &now); err != nil {
				return err
			}
			words := now.BlockedWords
			if len(add)+len(remove) == 0 && file == "" {
				return writeWords(a.out, words, now.ConfiguredWords)
			}
			if file != "" {
				var err error
				if words, err = a.readWords(file); err != nil {
					return err
				}
			}
			s, err := a.changeChat(cmd, args[0], map[string]any{"blocked_words": changedWords(words, add, remove)})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%d words are blocked on %s\n", len(s.BlockedWords), args[0])
			return err
		},
	}
	cmd.Flags().StringArrayVar(&add, "add", nil, "block a `word` or phrase, too")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "block a `word` no more")
	cmd.Flags().StringVar(&file, "from", "", "read all words from a `file`, one a line")
	return cmd
}

// writeWords writes what can be read again: those of the configuration, which are
// changed there, are comments.
func writeWords(w io.Writer, words, configured []string) error {
	for _, word := range words {
		_, _ = fmt.Fprintln(w, word)
	}
	for _, word := range configured {
		_, _ = fmt.Fprintln(w, "# in the configuration:", word)
	}
	return nil
}

// changedWords keeps the order, and no word twice.
func changedWords(words, add, remove []string) []string {
	out, skip := []string{}, map[string]bool{}
	for _, word := range remove {
		skip[word] = true
	}
	for _, word := range append(append([]string{}, words...), add...) {
		if !skip[word] {
			skip[word] = true
			out = append(out, word)
		}
	}
	return out
}

// readWords reads a word a line. Empty lines, and those that begin with #, are
// none.
func (a *app) readWords(file string) (words []string, err error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, coded(exitFailure, err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if word := strings.TrimSpace(lines.Text()); word != "" && !strings.HasPrefix(word, "#") {
			words = append(words, word)
		}
	}
	return words, lines.Err()
}
