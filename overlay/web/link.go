package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"

	"github.com/hawker-live/hawker/config/secret"
)

// LinkKeyFile is the file of the overlay links' key within the data folder.
const LinkKeyFile = "overlay.key"

// EnsureLinkKey returns the key that overlay links are made from, and makes one
// when there is none. Who deletes the file makes all links new.
func EnsureLinkKey(dataFolder string) (secret.Secret, error) {
	return secret.EnsureFile(filepath.Join(dataFolder, LinkKeyFile), "the key of overlay links")
}

// OverlayLink is the page that OBS shows for a stream. It is a secret: who has it
// sees what is on sale before others do, and takes the place of a client.
func (s *Server) OverlayLink(stream string) string {
	return s.settings.Load().URL + overlayPath(stream) + "?key=" + s.overlayKey(stream)
}

// ShortLink leads to the store by way of the count of clicks; destination may be
// empty.
func (s *Server) ShortLink(offer, destination string) string {
	return s.settings.Load().shortLink(offer, destination)
}

func (s *settings) shortLink(offer, destination string) string {
	link := s.URL + "/o/" + offer
	if destination != "" {
		link += "/" + destination
	}
	return link
}

func overlayPath(stream string) string { return "/overlay/" + stream }

// keyBytes of the code are in the link: 144 bits, which have no padding in
// base64.
const keyBytes = 18

// overlayKey is the part of a stream's link that cannot be guessed.
func (s *Server) overlayKey(stream string) string {
	mac := hmac.New(sha256.New, []byte(s.conf.LinkKey.Reveal()))
	mac.Write([]byte("overlay\x00" + stream))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:keyBytes])
}
