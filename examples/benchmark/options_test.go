package main

import (
	"io"
	"slices"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.n, []int{1, 10, 50, 200}) || o.rounds != 3 || o.seconds != 2*time.Second || !o.tls || !o.saturate || !o.extras {
		t.Errorf("defaults are %+v", o)
	}
	q, err := parseOptions([]string{"-quick", "-n", "3, 4", "-saturate"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.n, []int{3, 4}) || q.rounds != 1 || q.seconds != time.Second || !q.saturate || q.extras {
		t.Errorf("-quick with something else is %+v", q)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{{"-n", "0"}, {"-n", "ten"}, {"-n", ""}, {"-rounds", "0"}, {"-seconds", "0"}, {"-seconds", "60"}, {"more"}, {"-nothing"}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
