package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/spf13/cobra"
)

func (a *app) chatCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Read and moderate the chat of a stream's watch page",
		Long: `Read and moderate the chat of a stream's watch page.

  hawker chat show main                    # each line begins with the message's id and its viewer's
  hawker chat say main "Shipping is free today"
  hawker chat delete main 1772359445123456
  hawker chat mute main x3J0c9vTq2mE1a8Z --for 10m
  hawker chat slow main 30s
  hawker chat words main --add scam`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.chatShowCommand(), a.chatSayCommand(), a.chatDeleteCommand(), a.chatMuteCommand(), a.chatBanCommand(), a.chatUnbanCommand(),
		a.chatEraseCommand(), a.chatSlowCommand(), a.chatWordsCommand(), a.chatOpenCommand(), a.chatCloseCommand())
	return cmd
}

func chatPath(stream string, more ...string) string {
	path := "/streams/" + url.PathEscape(stream) + "/chat"
	for _, part := range more {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func (a *app) chatShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show STREAM",
		Short: "Print the latest messages, and who is muted or banned",
		Args:  exactly("STREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var got json.RawMessage
			if err := a.call(cmd.Context(), http.MethodGet, chatPath(args[0]), nil, &got); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(got)
			}
			var status chat.Status
			if err := json.Unmarshal(got, &status); err != nil {
				return err
			}
			return writeChat(a.out, args[0], &status)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, as GET /api/v1/streams/STREAM/chat gives it")
	return cmd
}

func writeChat(w io.Writer, stream string, s *chat.Status) error {
	_, _ = fmt.Fprintf(w, "The chat of %s is %s: %d read it", stream, map[bool]string{true: "open", false: "closed"}[s.Enabled], s.Readers)
	if s.SlowSeconds > 0 {
		_, _ = fmt.Fprintf(w, ", slow mode %ds", s.SlowSeconds)
	}
	_, _ = fmt.Fprintf(w, ", %d blocked words, kept for %s\n", len(s.BlockedWords)+len(s.ConfiguredWords), shortDuration(time.Duration(s.RetentionSeconds)*time.Second))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range s.Messages {
		who := m.Viewer
		if m.Role != overlay.ChatViewer {
			who = string(m.Role)
		}
		_, _ = fmt.Fprintf(t, "%d\t%s\t%s\t%s: %s\n", m.ID, clockTime(m.At), who, m.Nickname, m.Text)
	}
	for _, one := range s.Sanctions {
		_, _ = fmt.Fprintf(t, "%s\t%s\tuntil %s%s\n", one.Viewer, one.Kind, one.Until.Local().Format(time.DateTime), map[bool]string{true: ", address too"}[one.AddressToo])
	}
	return t.Flush()
}

func (a *app) chatSayCommand() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "say STREAM TEXT",
		Short: "Say something as the host, or with --as as a moderator",
		Args:  exactly("STREAM", "TEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]string{"text": args[1]}
			if as != "" {
				body["role"], body["nickname"] = string(overlay.ChatModerator), as
			}
			var m overlay.ChatMessage
			if err := a.call(cmd.Context(), http.MethodPost, chatPath(args[0]), body, &m); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s said it on %s, as message %d\n", m.Nickname, args[0], m.ID)
			return err
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "a moderator's `nickname`")
	return cmd
}
