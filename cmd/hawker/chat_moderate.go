package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/spf13/cobra"
)

func (a *app) chatDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "delete STREAM MESSAGE",
		Short: "Take a message away",
		Args:  exactly("STREAM", "MESSAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.call(cmd.Context(), http.MethodDelete, chatPath(args[0], "messages", args[1]), nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "Message %s is gone from %s\n", args[1], args[0])
			return err
		},
	}
}

func (a *app) chatMuteCommand() *cobra.Command {
	return a.sanctionCommand(overlay.ChatMute, "Keep a viewer from writing for a time; today also who is new at the address", chat.DefaultMute)
}

func (a *app) chatBanCommand() *cobra.Command {
	return a.sanctionCommand(overlay.ChatBan, "Take away what a viewer wrote, and keep the viewer out; today also the address", chat.DefaultBan)
}

func (a *app) sanctionCommand(kind overlay.ChatSanctionKind, short string, usual time.Duration) *cobra.Command {
	var length time.Duration
	var viewerOnly bool
	cmd := &cobra.Command{
		Use:   string(kind) + " STREAM VIEWER",
		Short: short,
		Long: short + `.

Until midnight (UTC) it holds for the address from which the viewer wrote last, so that another
id is no way around it: a mute for those at that address who have not written in the last hour, a
ban for all of them. --viewer-only leaves the address alone, which an office or a mobile network
may share. An address is known of who has written today and since the server started.`,
		Args: exactly("STREAM", "VIEWER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if length < time.Second {
				return usagef("--for must be a second or more, not %v", length)
			}
			var in chat.Sanction
			body := map[string]any{"seconds": int64(length.Seconds()), "viewer_only": viewerOnly}
			if err := a.call(cmd.Context(), http.MethodPost, chatPath(args[0], "viewers", args[1], string(kind)), body, &in); err != nil {
				return err
			}
			done := map[overlay.ChatSanctionKind]string{overlay.ChatMute: "muted", overlay.ChatBan: "banned"}[in.Kind]
			_, err := fmt.Fprintf(a.out, "%s is %s on %s until %s%s\n", args[1], done, args[0], in.Until.Local().Format(time.DateTime), addressWords(&in, viewerOnly))
			return err
		},
	}
	cmd.Flags().DurationVar(&length, "for", usual, "how long, such as 10m; a year at most")
	cmd.Flags().BoolVar(&viewerOnly, "viewer-only", false, "leave the viewer's address alone")
	return cmd
}

// addressWords tell what becomes of the viewer's address.
func addressWords(in *chat.Sanction, viewerOnly bool) string {
	switch {
	case in.AddressToo && in.Kind == overlay.ChatBan:
		return "; today (UTC) so is everybody at the address"
	case in.AddressToo:
		return "; today (UTC) so is who is new at the address"
	case viewerOnly:
		return ""
	}
	return "\nThe address is not known, since the viewer has not written today, or not since the server started: another id is a way around this, until it is named, too"
}

func (a *app) chatUnbanCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "unban STREAM VIEWER",
		Aliases: []string{"unmute"},
		Short:   "End a viewer's mute or ban",
		Args:    exactly("STREAM", "VIEWER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.call(cmd.Context(), http.MethodPost, chatPath(args[0], "viewers", args[1], "unban"), nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s may write on %s\n", args[1], args[0])
			return err
		},
	}
}

func (a *app) chatEraseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "erase STREAM VIEWER",
		Short: "Delete all that a viewer has written, on all streams, as a viewer may ask for",
		Args:  exactly("STREAM", "VIEWER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.call(cmd.Context(), http.MethodDelete, chatPath(args[0], "viewers", args[1]), nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "All that %s has written is gone\n", args[1])
			return err
		},
	}
}
