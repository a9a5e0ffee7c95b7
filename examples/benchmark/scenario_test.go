package main

import (
	"slices"
	"testing"
)

func TestPlan(t *testing.T) {
	cases := map[string]struct {
		o    options
		want []string
	}{
		"one":        {options{n: []int{2}, tls: true}, []string{"rtmp N=2", "rtmps N=2"}},
		"plain":      {options{n: []int{1, 50}}, []string{"rtmp N=1", "rtmp N=50"}},
		"everything": {options{n: []int{1, 50}, tls: true, extras: true}, []string{"rtmp N=1", "rtmp N=50", "rtmps N=50", "ingest alone", "100 streams x 3"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range plan(tc.o) {
				got = append(got, s.Name)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("plan is %q, want %q", got, tc.want)
			}
		})
	}
}
