package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hawker-live/hawker/config/secret"
)

// maxAttempts is how often an edit starts again because somebody else, who
// takes no lock, changed the file meanwhile.
const maxAttempts = 5

// Edit changes the file at path: it hands a Doc to change, checks the result
// as Load does, and puts it in the file's place in one step. Everything but
// the edited lines stays as it was: comments, blank lines, order, line ends,
// mode and owner. A symbolic link is followed, not replaced.
//
// If change fails, if the file was or would become invalid, or if its layout
// cannot be edited safely, the file is left alone and the error says why.
// Environment variables that are not set here are no error: the relay may run
// with others. Edits of several processes come one after another.
func Edit(path string, opts Options, change func(*Doc) error) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("edit configuration: %w", err)
	}
	unlock, err := lockFolder(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("edit %s: lock its folder: %w", path, err)
	}
	defer unlock()
	for range maxAttempts {
		done, err := editOnce(path, target, opts, change)
		if err != nil {
			return fmt.Errorf("edit %s: nothing was changed: %w", path, err)
		}
		if done {
			return nil
		}
	}
	return fmt.Errorf("edit %s: nothing was changed: something else keeps writing to it; try again", path)
}

// editOnce is false if the file changed between reading and replacing it.
func editOnce(path, target string, opts Options, change func(*Doc) error) (bool, error) {
	old, err := readCapped(target, MaxSize)
	if err != nil {
		return false, err
	}
	doc, err := newDoc(old)
	if err != nil {
		if _, wrong := Parse(old, path, opts); wrong != nil { // tells the place
			err = wrong
		}
		return false, err
	}
	if err := change(doc); err != nil {
		return false, err
	}
	if _, err := Parse(doc.text, path, withoutEnvironment(opts)); err != nil {
		return false, fmt.Errorf("it would not be valid:\n%w", err)
	}
	if bytes.Equal(doc.text, old) {
		return true, nil
	}
	return replaceIfSame(target, old, doc.text)
}

// withoutEnvironment gives each unset variable a value of its own.
func withoutEnvironment(opts Options) Options {
	getenv := opts.Getenv
	if getenv == nil {
		getenv = os.LookupEnv
	}
	opts.madeUp = true
	opts.Getenv = func(name string) (string, bool) {
		if v, ok := getenv(name); ok && v != "" {
			return v, true
		}
		return "value-of-" + name, true
	}
	return opts
}

func replaceIfSame(target string, old, text []byte) (bool, error) {
	info, err := os.Stat(target)
	if err != nil {
		return false, err
	}
	now, err := readCapped(target, MaxSize)
	if err != nil || !bytes.Equal(now, old) {
		return false, err
	}
	return true, replace(target, text, info)
}

// WriteKeyFile writes a key to a file of its own in one step. A new file has
// mode 0600; one that exists keeps its mode and owner.
func WriteKeyFile(path string, key secret.Secret) error {
	if key.Empty() {
		return fmt.Errorf("write key file %s: the key is empty", path)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := replace(path, []byte(key.Reveal()+"\n"), info); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// replace puts a file with this content in target's place: readers see the old
// one or the new one, whole, even after a power cut. was is what target was,
// nil for nothing.
func replace(target string, text []byte, was os.FileInfo) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if err := fill(temp, text, was); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	syncFolder(filepath.Dir(target))
	return nil
}

func fill(f *os.File, text []byte, was os.FileInfo) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	if was != nil {
		if err := keepOwner(f, was); err != nil {
			return fmt.Errorf("keep the owner: %w", err)
		}
		if err := f.Chmod(was.Mode().Perm()); err != nil {
			return err
		}
	}
	return f.Sync()
}
