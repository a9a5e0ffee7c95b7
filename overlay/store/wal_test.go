package store

import (
	"bytes"
	"testing"
)

func FuzzDamageAt(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, walHeader))
	f.Fuzz(func(t *testing.T, data []byte) {
		at, err := damageAt(bytes.NewReader(data))
		if err != nil || at < -1 || at > int64(len(data)) {
			t.Errorf("damage at %d of %d, %v", at, len(data), err)
		}
	})
}
