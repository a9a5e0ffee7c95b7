package config

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// RecordFormats are the kinds of files that recordings may be, the default first.
var RecordFormats = []string{"mp4", "flv"}

// What a recording may ask for, where it asks for something.
const (
	MinSplit    = 10 * time.Second
	MaxSplit    = 24 * time.Hour
	MinKeep     = time.Hour
	MaxKeep     = 10 * 365 * 24 * time.Hour
	MinFileSize = 1_000_000 // bytes
	MaxFileSize = 1 << 50
)

// Record is where and how a stream is recorded.
type Record struct {
	// Folder is where the stream gets a folder of its own. It need not exist.
	Folder string
	// Format is one of RecordFormats, or empty for the first of them.
	Format string
	// SplitSize, in bytes, and SplitEvery are how large and long a file becomes
	// before another one follows; 0 is without end, else they are MinFileSize to
	// MaxFileSize and MinSplit to MaxSplit.
	SplitSize  int64
	SplitEvery time.Duration
	// Keep is for how long recordings are kept, and KeepSize how many bytes of
	// them; what is older is deleted. 0 keeps all, else they are MinKeep to MaxKeep
	// and MinFileSize to MaxFileSize, and no less than one file.
	Keep     time.Duration
	KeepSize int64
}

// record reads how a stream is recorded, or only into which folder.
func (d *decoder) record(to **Record) field {
	return func(path string, n *yaml.Node) {
		n = follow(n)
		r := &Record{}
		switch {
		case empty(n) && d.spend(n, path):
			return
		case n.Kind == yaml.ScalarNode:
			d.recordFolder(&r.Folder)(path, n)
		default:
			d.recordFields(path, n, r)
		}
		*to = r
	}
}

func (d *decoder) recordFields(path string, n *yaml.Node, r *Record) {
	at := map[string]*yaml.Node{}
	d.mapping(path, n, keepAll(at, fields{
		"folder":      d.recordFolder(&r.Folder),
		"format":      d.choice(&r.Format, RecordFormats),
		"split_size":  d.read(readSize(&r.SplitSize, "to split by time alone")),
		"split_every": d.read(readPeriod(&r.SplitEvery, MinSplit, MaxSplit, "to split by size alone")),
		"keep":        d.read(readPeriod(&r.Keep, MinKeep, MaxKeep, "to keep all")),
		"keep_size":   d.read(readSize(&r.KeepSize, "to keep all")),
	}))
	d.needs(path, n, at, "folder: ./recordings")
	if r.Keep > 0 && r.Keep < r.SplitEvery {
		d.fail(at["keep"], join(path, "keep"), "is less than split_every, so that files would go as soon as they are whole")
	}
	if r.KeepSize > 0 && r.KeepSize < r.SplitSize {
		d.fail(at["keep_size"], join(path, "keep_size"), "is less than split_size, so that files would go as soon as they are whole")
	}
}

// recordFolder is folder, but for what was meant as something else.
func (d *decoder) recordFolder(to *string) field {
	return func(path string, n *yaml.Node) {
		text := follow(n).Value
		switch {
		case slices.Contains([]string{"true", "false", "yes", "no", "on", "off"}, text):
			d.fail(n, path, "must be a folder, such as ./recordings; without the field nothing is recorded")
		case strings.Contains(text, "://"):
			d.fail(n, path, "is a URL: recordings go into a folder, such as ./recordings")
		default:
			d.folder(to)(path, n)
		}
	}
}
