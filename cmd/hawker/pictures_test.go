package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// While the server begins, a CDN must not learn that there is no picture.
func TestNoPictureYetIsNotKept(t *testing.T) {
	server := httptest.NewServer(newPictures(nil, nil, nil, slog.New(slog.DiscardHandler)).handler("main"))
	defer server.Close()
	resp, err := http.Get(server.URL + "/index.m3u8")
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusNotFound || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
}
