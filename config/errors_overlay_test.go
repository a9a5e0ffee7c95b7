package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
)

func TestLoadErrorsAboutViewers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", canary)
	write(t, dir, "large.css", strings.Repeat("x", config.MaxCSS+1))
	write(t, dir, "latin1.css", "\xe9")
	write(t, dir, "large.yaml", strings.Repeat("x", 2<<20))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"metadata unknown", dest("platform: twitch, key: k, metadata: [amf, id3]"), "5:57: " + inDest + ".metadata[1]: must be one of amf, sei"},
		{"metadata twice", dest("platform: twitch, key: k, metadata: [sei, sei]"), "5:57: " + inDest + ".metadata[1]: sei is given already"},
		{"metadata, one unknown word", dest("platform: twitch, key: k, metadata: " + canary), inDest + ".metadata: must be one of amf, sei"},
		{"metadata of fields", dest("platform: twitch, key: k, metadata: {amf: true}"), inDest + ".metadata: must be a list"},

		{"database of another kind", "data: \"mysql://u:" + canary + "@h/db\"\nstreams: []\n", "1:7: data: must begin with postgres:// to be a database: write postgres://USER:PASSWORD@HOST/DATABASE"},
		{"database half a URL", "data: postgres:u:" + canary + "@h/db\nstreams: []\n", "data: must begin with postgres://"},
		{"database in variable is none", "data: ${FOLDER}\nstreams: []\n", "data: must begin with postgres:// to be a database: write postgres://USER:PASSWORD@HOST/DATABASE; a folder is written out, without ${NAME}"},
		{"database in variable not set", "data: {database: \"${NOT_THERE}\"}\nstreams: []\n", "1:18: data.database: environment variable NOT_THERE is not set"},
		{"database with ${", "data: \"postgres://u:${" + canary + "@h/db\"\nstreams: []\n", "data: ${ must begin ${NAME}, the name of an environment variable; in a URL, write $ as %24"},
		{"database with a bad password", "data: \"postgres://u:" + canary + "#1@h/db\"\nstreams: []\n", "data: is not a URL: write postgres://USER:PASSWORD@HOST/DATABASE, with %XX"},
		{"database with a fragment", "data: \"postgres://u:p@h/db#" + canary + "\"\nstreams: []\n", "data: is not a URL"},
		{"database with a bad escape", "data: \"postgres://u:" + canary + "%zz@h/db\"\nstreams: []\n", "data: is not a URL"},
		{"database with a space", "data: \"postgres://u:p@h/" + canary + " b\"\nstreams: []\n", "data: is not a URL"},
		{"database too long", "data: \"postgres://u:p@h/" + strings.Repeat("b", 4096) + "\"\nstreams: []\n", "data: is too long to be a URL"},
		{"database without host", "data: \"postgres://u:" + canary + "@/db\"\nstreams: []\n", "data: has no host: write postgres://"},
		{"database at a bad port", "data: \"postgres://u:" + canary + "@h:65536/db\"\nstreams: []\n", "data: has a port that is not"},
		{"database where the folder belongs", "data: {folder: \"${X}\"}\nstreams: []\n", "data.folder: ${NAME} is replaced in keys"},
		{"unknown field of data", "data: {foldre: x}\nstreams: []\n", `data: unknown field "foldre": did you mean folder?`},
		{"list of data", "data: [x]\nstreams: []\n", "1:7: data: must be a single value"},

		{"unknown field of public", "public: {listn: \":1\"}\nstreams: []\n", `1:10: public: unknown field "listn": did you mean listen?`},
		{"address of viewers taken, by default", "public: {}\nadmin: {listen: \":8935\"}\nstreams: []\n", "2:17: admin.listen: is the address of public.listen already"},
		{"public URL without scheme", "public: {url: " + canary + "}\nstreams: []\n", "1:15: public.url: must begin with https:// or http://, as https://live.example.com"},
		{"public URL with path", "public: {url: \"https://h/" + canary + "\"}\nstreams: []\n", "public.url: has a path after the host: viewers' pages begin at /"},
		{"public URL with query", "public: {url: \"https://h/?" + canary + "\"}\nstreams: []\n", "public.url: must end with the host"},
		{"public URL with fragment", "public: {url: \"https://h#\"}\nstreams: []\n", "public.url: must end with the host"},
		{"public URL with user", "public: {url: \"https://u:" + canary + "@h\"}\nstreams: []\n", "public.url: has a user before the host"},
		{"public URL without host", "public: {url: \"https://:80\"}\nstreams: []\n", "public.url: has no host"},
		{"public URL with a bad port", "public: {url: \"https://h:0\"}\nstreams: []\n", "public.url: has a port that is not"},
		{"public URL with an odd host", "public: {url: \"https://żółw.example\"}\nstreams: []\n", "public.url: has a host that is neither a name nor an address"},
		{"public URL with a zone", "public: {url: \"https://[fe80::1%25eth0]\"}\nstreams: []\n", "public.url: has a host that is neither"},
		{"public URL with a space", "public: {url: \"https://h /\"}\nstreams: []\n", "public.url: is not a URL"},
		{"public URL too long", "public: {url: \"https://" + strings.Repeat("h", 93) + "\"}\nstreams: []\n", "public.url: is longer than 100 bytes"},
		{"proxy by name", "public: {trusted_proxies: [127.0.0.1, " + canary + "]}\nstreams: []\n", "1:39: public.trusted_proxies[1]: must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8"},
		{"proxy within a network", "public: {trusted_proxies: [10.0.0.7/8]}\nstreams: []\n", "public.trusted_proxies[0]: is no network, but an address in one: write 10.0.0.0/8"},
		{"proxy of everybody", "public: {trusted_proxies: [\"::/0\"]}\nstreams: []\n", "public.trusted_proxies[0]: is the whole internet"},
		{"proxy of everybody, mapped", "public: {trusted_proxies: [\"::ffff:0.0.0.0/96\"]}\nstreams: []\n", "public.trusted_proxies[0]: is the whole internet"},
		{"proxy with a zone", "public: {trusted_proxies: [\"fe80::1%eth0\"]}\nstreams: []\n", "public.trusted_proxies[0]: must be an address"},
		{"one proxy, no list", "public: {trusted_proxies: 127.0.0.1}\nstreams: []\n", "public.trusted_proxies: must be a list"},

		{"css missing", "overlay: {css: no.css}\nstreams: []\n", "1:16: overlay.css: there is no such file"},
		{"css too large", "overlay: {css: large.css}\nstreams: []\n", "overlay.css: the file is larger than 256 KiB"},
		{"css in Latin 1", "overlay: {css: latin1.css}\nstreams: []\n", "overlay.css: the file is not text in UTF-8"},
		{"images that is a file", "overlay: {images: file}\nstreams: []\n", "1:19: overlay.images: is not a folder"},
		{"attribution no fields", "overlay: {attribution: [utm]}\nstreams: []\n", "overlay.attribution: must hold fields, such as utm_source:"},
		{"attribution with a bad name", "overlay: {attribution: {\"" + canary + "?\": x}}\nstreams: []\n", "1:25: overlay.attribution: the name of a parameter must be 1 to 64"},
		{"attribution twice", "overlay:\n  attribution:\n    a: x\n    a: y\nstreams: []\n", "4:5: overlay.attribution.a: given twice: it is on line 3 already"},
		{"attribution by merge", "overlay: {attribution: {<<: {a: b}}}\nstreams: []\n", "overlay.attribution: the name of a parameter"},
		{"attribution without quotes", "overlay: {attribution: {a: {offer}}}\nstreams: []\n", `1:28: overlay.attribution.a: must be a text; one that begins with { needs quotes: "{destination}"`},
		{"attribution with an unknown placeholder", "overlay: {attribution: {a: \"x{" + canary + "}\"}}\nstreams: []\n", "1:28: overlay.attribution.a: what is within {} must be one of destination, offer, stream"},
		{"attribution with a brace", "overlay: {attribution: {a: \"{offer\"}}\nstreams: []\n", "overlay.attribution.a: what is within {}"},
		{"attribution within itself", "overlay: {attribution: {a: \"{str{offer}eam}\"}}\nstreams: []\n", "overlay.attribution.a: what is within {}"},
		{"attribution empty", "overlay: {attribution: {a: \"\"}}\nstreams: []\n", "overlay.attribution.a: is empty"},
		{"attribution too long", "overlay: {attribution: {a: " + strings.Repeat("é", 101) + "}}\nstreams: []\n", "overlay.attribution.a: is longer than 200 bytes"},
		{"attribution over lines", "overlay: {attribution: {a: \"x\\ny\"}}\nstreams: []\n", "overlay.attribution.a: has a line break"},
		{"attribution of many", "overlay: {attribution: {" + strings.Repeat("a: b, ", 33) + "}}\nstreams: []\n", "overlay.attribution: has more than 32 parameters"},

		{"offers file missing", "offers_file: " + canary + "\nstreams: []\n", "1:14: offers_file: there is no such file"},
		{"offers file empty", "offers_file: \"\"\nstreams: []\n", "1:14: offers_file: must name a file"},
		{"offers file is a folder", "offers_file: folder\nstreams: []\n", "1:14: offers_file: is not a file"},
		{"offers file too large", "offers_file: large.yaml\nstreams: []\n", "1:14: offers_file: the file is too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loadFails(t, dir, c.text, c.want)
		})
	}
}
