package record

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// finish completes a file, after a crash as without one: it cuts off what is
// torn, gives players an index, and says in the description that this is all. A
// file in which there is nothing is removed; one that is damaged stays as it is. It
// closes the file, at the latest when ctx ends: then it is as it was.
func (f *folder) finish(ctx context.Context, p Part, file *os.File) (err error) {
	defer func() {
		unlock(file)
		err = errors.Join(err, file.Close())
	}()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := f.Lstat(p.data()); errors.Is(err, fs.ErrNotExist) {
		return f.remove(p)
	}
	switch p.Format {
	case MP4:
		err = finishMP4(ctx, &p, file, info.Size())
	default:
		err = finishFLV(ctx, &p, file, info.Size())
	}
	if errors.Is(err, errNothing) && info.Size() <= mostTorn {
		return f.remove(p)
	}
	if err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	p.Complete = true
	if err := f.describe(p); err != nil {
		return err
	}
	return f.keep(p)
}

// mostTorn is more than a crash tears: what a disk had not written down yet. More
// that cannot be read is damage, and is left for somebody to look at.
const mostTorn = 32 << 20

var (
	errNothing = errors.New("nothing of it can be read")
	errDamaged = errors.New("it is damaged in the middle, and was left as it is")
)

func finishMP4(ctx context.Context, p *Part, file *os.File, size int64) error {
	e, err := fmp4.Scan(reading(ctx, file), size)
	switch {
	case errors.Is(err, fmp4.ErrEmpty):
		return errNothing
	case err != nil:
		return err
	}
	if err := cutOff(file, size, e.Whole); err != nil {
		return err
	}
	p.Bytes, p.Length = e.Whole, e.End.Milliseconds()
	return writeIndex(e, file)
}

// writeIndex puts the index into the room that was left for it. Its head makes it
// count, and is written when the rest is on the disk.
func writeIndex(e *fmp4.Extent, file *os.File) error {
	const head = 8
	index, at := e.Index()
	if index == nil {
		return nil
	}
	if _, err := file.WriteAt(index[head:], at+head); err != nil {
		return err
	}
	if err := dataSync(file); err != nil {
		return err
	}
	_, err := file.WriteAt(index[:head], at)
	return err
}

func finishFLV(ctx context.Context, p *Part, file *os.File, size int64) error {
	e, err := flv.Scan(reading(ctx, file), size)
	switch {
	case err != nil:
		return err
	case e.Last == 0: // there may be headers
		return errNothing
	}
	p.Bytes, p.Length = e.Whole, int64(e.Last)
	return cutOff(file, size, e.Whole)
}

// readerAt is io.ReaderAt as a function.
type readerAt func(b []byte, at int64) (int, error)

// ReadAt implements io.ReaderAt.
func (r readerAt) ReadAt(b []byte, at int64) (int, error) { return r(b, at) }

// reading reads a file until ctx ends: one of many hours may take minutes.
func reading(ctx context.Context, file io.ReaderAt) io.ReaderAt {
	return readerAt(func(b []byte, at int64) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return file.ReadAt(b, at)
	})
}

func cutOff(file *os.File, size, whole int64) error {
	switch {
	case size == whole:
		return nil
	case size-whole > mostTorn:
		return errDamaged
	}
	return file.Truncate(whole)
}
