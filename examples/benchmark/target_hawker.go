package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// hawkerTarget is `hawker serve`, built from this tree.
type hawkerTarget struct {
	binary  string
	relaxed bool // with "latency: relaxed"
}

// newHawker builds the program unless one is given.
func newHawker(ctx context.Context, binary, dir string, relaxed bool) (target, error) {
	if binary != "" {
		path, err := exec.LookPath(binary)
		if err != nil {
			return nil, fmt.Errorf("-hawker: %w", err)
		}
		return &hawkerTarget{path, relaxed}, nil
	}
	binary = filepath.Join(dir, "hawker")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/hawker-live/hawker/cmd/hawker") //nolint:gosec // a file in a folder of our own
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build hawker: %w\n%srun this from the source tree, or name a program with -hawker", err, out)
	}
	return &hawkerTarget{binary, relaxed}, nil
}

func (h *hawkerTarget) name() string {
	if h.relaxed {
		return relaxedHawker
	}
	return "hawker"
}

// can leaves out for the relaxed one where there is nothing to gather for.
func (h *hawkerTarget) can(s scenario) bool {
	return !h.relaxed || s.Destinations >= fewestSecure && !s.Stalled
}

func (h *hawkerTarget) start(ctx context.Context, j job, core int) (*relay, error) {
	conf := filepath.Join(j.Dir, "hawker.yaml")
	if err := os.WriteFile(conf, []byte(hawkerConfig(j, h.relaxed)), 0o600); err != nil {
		return nil, err
	}
	p, err := startProcess(core, h.binary, "-c", conf, "serve", "--log-level", "error")
	if err != nil {
		return nil, err
	}
	r := &relay{process: p}
	if err := r.announced(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("hawker: %w\n%s", err, p.complaints())
	}
	return r, nil
}

// announced waits for the block that serve prints once it is ready.
func (r *relay) announced(ctx context.Context) error {
	text, err := r.said(ctx, "  Config ")
	if err != nil {
		return err
	}
	ingest, err := found(text, regexp.MustCompile(`rtmp://([0-9.:]+)/live`))
	if err != nil {
		return err
	}
	r.ingest = func(stream string) place { return place{"rtmp://" + ingest + "/live", keyOf(stream)} }
	r.metrics, err = found(text, regexp.MustCompile(`http://([0-9.:]+)/metrics`))
	return err
}

func hawkerConfig(j job, relaxed bool) string {
	var b strings.Builder
	latency := "lowest"
	if relaxed {
		latency = "relaxed"
	}
	fmt.Fprintf(&b, "ingest: {rtmp: \"127.0.0.1:0\"}\nadmin: {listen: \"127.0.0.1:0\"}\npublic: {listen: \"\"}\ndata: %q\nstreams:\n", j.Dir)
	for _, s := range j.Streams {
		fmt.Fprintf(&b, "  - name: %s\n    key: %s\n    stop_grace: 0s\n    latency: %s\n    destinations: [\n", s.Name, keyOf(s.Name), latency)
		for i, d := range s.Destinations {
			fmt.Fprintf(&b, "      {name: d%d, url: %q, key: %s", i, d.Server, d.Key)
			if d.secure() {
				fmt.Fprintf(&b, ", ca_file: %q", j.CAFile)
			}
			b.WriteString("},\n")
		}
		b.WriteString("    ]\n")
	}
	return b.String()
}

// keyOf is a stream's key: Hawker takes none that is also the public name.
func keyOf(stream string) string { return "key-of-" + stream }
