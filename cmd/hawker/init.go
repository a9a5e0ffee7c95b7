package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hawker-live/hawker/config"
	"github.com/spf13/cobra"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a starter configuration with a random stream key",
		Long:  "Write a starter configuration with a random stream key of 160 bits, readable by its owner only.\nAn existing file is left as it is.",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := a.writeStarter(); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, `
  In OBS: Settings > Stream > Service: Custom...
    Server      rtmp://THIS-COMPUTER:1935/live   (rtmp://localhost:1935/live for OBS on this computer)
    Stream Key  the key of stream main; show it with: %[1]s stream list --show-keys

  Next: add a destination   %[1]s destination add main youtube --platform youtube
        run it              %[1]s serve
`, a.self())
			return err
		},
	}
}

// writeStarter makes the configuration file; it never writes over one.
func (a *app) writeStarter() error {
	if err := os.MkdirAll(filepath.Dir(a.config), 0o700); err != nil {
		return fmt.Errorf("make the configuration's folder: %w", err)
	}
	f, err := os.OpenFile(a.config, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return coded(exitFailure, fmt.Errorf("%s exists and is left as it is; name another file with -c", a.config))
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if _, err := f.Write(config.Starter(config.NewKey())); err != nil {
		return errors.Join(fmt.Errorf("write the configuration: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = fmt.Fprintf(a.out, "Wrote a starter configuration to %s\n", a.config)
	return err
}
