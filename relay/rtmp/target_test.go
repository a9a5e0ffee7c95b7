package rtmp

import (
	"strings"
	"testing"
)

func TestParseServer(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     address
	}{
		{"plain", "rtmp://localhost/live", address{false, "localhost", "1935", "live", "rtmp://localhost/live"}},
		{"port", "rtmp://localhost:1936/live", address{false, "localhost", "1936", "live", "rtmp://localhost:1936/live"}},
		{"empty port", "rtmp://localhost:/live", address{false, "localhost", "1935", "live", "rtmp://localhost:/live"}},
		{"secure", "rtmps://live.example.com/app", address{true, "live.example.com", "443", "app", "rtmps://live.example.com/app"}},
		{"capitals in the scheme", "RTMP://localhost/live", address{false, "localhost", "1935", "live", "rtmp://localhost/live"}},
		{"YouTube", "rtmp://a.rtmp.youtube.com/live2", address{false, "a.rtmp.youtube.com", "1935", "live2", "rtmp://a.rtmp.youtube.com/live2"}},
		{"YouTube backup", "rtmps://b.rtmps.youtube.com:443/live2?backup=1", address{true, "b.rtmps.youtube.com", "443", "live2?backup=1", "rtmps://b.rtmps.youtube.com:443/live2?backup=1"}},
		{"Facebook", "rtmps://live-api-s.facebook.com:443/rtmp/", address{true, "live-api-s.facebook.com", "443", "rtmp", "rtmps://live-api-s.facebook.com:443/rtmp"}},
		{"two parts", "rtmp://host/a/b", address{false, "host", "1935", "a/b", "rtmp://host/a/b"}},
		{"escapes stay", "rtmp://host/a%2Fb%20c", address{false, "host", "1935", "a%2Fb%20c", "rtmp://host/a%2Fb%20c"}},
		{"a query with marks", "rtmp://host/app?a=b/c&d=?", address{false, "host", "1935", "app?a=b/c&d=?", "rtmp://host/app?a=b/c&d=?"}},
		{"IPv4", "rtmp://192.0.2.1:1935/live", address{false, "192.0.2.1", "1935", "live", "rtmp://192.0.2.1:1935/live"}},
		{"IPv6", "rtmp://[2001:db8::1]:1935/live", address{false, "2001:db8::1", "1935", "live", "rtmp://[2001:db8::1]:1935/live"}},
		{"IPv6 without a port", "rtmps://[::1]/live", address{true, "::1", "443", "live", "rtmps://[::1]/live"}},
		{"user and password are not told", "rtmp://user:pass@host/live", address{false, "host", "1935", "live", "rtmp://host/live"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseServer(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("\n got %+v %v\nwant %+v", got, err, tt.want)
			}
		})
	}
	if got := (address{host: "::1", port: "443"}).hostPort(); got != "[::1]:443" {
		t.Errorf("host and port of IPv6: %s", got)
	}
}

// TestCheckServerErrors: a key typed into the URL by mistake is not repeated.
func TestCheckServerErrors(t *testing.T) {
	const key = "s3cr3t-k3y"
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "must begin with rtmp://"},
		{"only a key", key, "must begin with rtmp://"},
		{"no scheme", "live.example.com/app/" + key, "must begin with rtmp://"},
		{"no scheme, with a port", "live.example.com:1935/app/" + key, "must begin with rtmp://"},
		{"address without a scheme", "192.0.2.1:1935/app/" + key, "cannot be read"},
		{"another scheme", "https://example.com/" + key, "must begin with rtmp://"},
		{"the scheme alone", "rtmp:" + key, "no host"},
		{"no host", "rtmp:///live/" + key, "no host"},
		{"no app", "rtmp://example.com", "example.com has no app"},
		{"no app but a slash", "rtmp://example.com/", "example.com has no app"},
		{"no app but a query", "rtmp://example.com/?" + key, "example.com has no app"},
		{"control character", "rtmp://example.com/live/" + key + "\n", "cannot be read"},
		{"control character in the host", "rtmp://exa\x00mple.com/live/" + key, "cannot be read"},
		{"space in the host", "rtmp://exa mple.com/live/" + key, "cannot be read"},
		{"broken escape", "rtmp://example.com/live/" + key + "%zz", "cannot be read"},
		{"the key for a port", "rtmp://example.com:" + key + "/live", "cannot be read"},
		{"open bracket", "rtmp://[::1/live/" + key, "cannot be read"},
		{"port 0", "rtmp://example.com:0/live/" + key, "between 1 and 65535"},
		{"port 65536", "rtmp://example.com:65536/live/" + key, "between 1 and 65535"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckServer(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "zz") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
	if err := CheckServer("rtmps://a.rtmps.youtube.com/live2"); err != nil {
		t.Error(err)
	}
}

func TestRedact(t *testing.T) {
	const plain, odd = "abcd-1234-efgh", "live_1/2+a b?bandwidthtest=true&x=ü"
	for _, tt := range []struct{ name, text, key, want string }{
		{"not there", "no such stream", plain, "no such stream"},
		{"as it is", "stream abcd-1234-efgh is in use", plain, "stream *** is in use"},
		{"twice", plain + plain, plain, "******"},
		{"with its query", "bad name " + odd, odd, "bad name ***"},
		{"without its query", "bad name live_1/2+a b!", odd, "bad name ***!"},
		{"as a query value", "?key=live_1%2F2%2Ba+b%3Fbandwidthtest%3Dtrue%26x%3D%C3%BC.", odd, "?key=***."},
		{"as a path", "/live_1%2F2+a%20b%3Fbandwidthtest=true&x=%C3%BC.", odd, "/***."},
		{"escaped in small letters", "?key=live_1%2f2%2ba+b%3fbandwidthtest%3dtrue%26x%3d%c3%bc.", odd, "?key=***."},
		{"in capitals", "ABCD-1234-EFGH is in use", plain, "*** is in use"},
		{"in HTML", "bad name live_1/2+a b?bandwidthtest=true&amp;x=ü!", odd, "bad name ***!"},
		{"in JSON", `{"name":"live_1\/2+a b?bandwidthtest=true\u0026x=ü"}`, odd, `{"name":"***"}`},
		{"longer than any key", "any text", strings.Repeat("k", maxRedact+1), "***"},
		{"as long as a key may be", "a " + strings.Repeat("K%", maxRedact/2) + "!", strings.Repeat("k%", maxRedact/2), "a ***!"},
		{"bytes that are no text", "a key\xff1 b", "key\xff1", "a *** b"},
		{"too short to be a secret", "a bad name", "a", "a bad name"},
		{"no key", "text", "", "text"},
		{"only a query", "no such app", "?abcdef", "no such app"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := redact(tt.text, tt.key); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
