package record

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// syncEvery is how much may be lost when the power is cut.
const syncEvery = time.Second

// part is a file that is being written, by one goroutine.
type part struct {
	Part
	file  *os.File
	size  int64
	dirty atomic.Bool
	stop  chan struct{}
	syncs sync.WaitGroup

	mu     sync.Mutex // guards failed
	failed error      // of syncing
}

var errGone = errors.New("the file that was being written has been removed")

func newPart(about Part, file *os.File, dir *folder) *part {
	p := &part{Part: about, file: file, stop: make(chan struct{})}
	p.syncs.Go(func() {
		if err := p.keep(dir, about); err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.failed = err
		}
	})
	return p
}

// keep has the disk keep what was written, beside the writing, which it should
// not hold up, until stop is closed.
func (p *part) keep(dir *folder, about Part) error {
	if err := dir.keep(about); err != nil {
		return err
	}
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-p.stop:
			return nil
		}
		if _, err := dir.Lstat(about.data()); errors.Is(err, fs.ErrNotExist) {
			return errGone // what is written goes nowhere
		}
		if !p.dirty.Swap(false) {
			continue
		}
		if err := dataSync(p.file); err != nil {
			return err
		}
	}
}

// write appends pieces that are whole.
func (p *part) write(b []byte) (n int, err error) {
	p.mu.Lock()
	err = p.failed
	p.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err = p.file.Write(b)
	p.size += int64(n)
	p.dirty.Store(true)
	return n, err
}

// settle ends the syncing.
func (p *part) settle() {
	close(p.stop)
	p.syncs.Wait()
}
