package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
)

// viewerID is what a page makes: 16 random bytes or more as base64url without
// padding, or in hexadecimal.
var viewerID = regexp.MustCompile(`^[A-Za-z0-9_-]{22,64}$`)

// publicBytes of a hash are enough for viewers not to be mistaken for one another.
const publicBytes = 12

// PublicID is what others see of a viewer. The id itself is known to the viewer
// alone, and is not kept: who has it may erase what the viewer wrote. It is random,
// so that nobody can try all that there are.
func PublicID(id string) (string, error) {
	if !viewerID.MatchString(id) {
		return "", refuse(Malformed, "The viewer's id must be 16 random bytes in base64url.")
	}
	sum := sha256.Sum256([]byte("hawker chat viewer\x00" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:publicBytes]), nil
}

// IsPublicID tells whether text may be one.
func IsPublicID(text string) bool {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(b) == publicBytes
}

// hashAddress is a neighbourhood's name for a day.
func hashAddress(salt []byte, neighbourhood string) [16]byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte("chat\x00" + neighbourhood))
	return [16]byte(mac.Sum(nil))
}
