package qr_test

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay/qr"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

var links = []string{
	"https://live.example.com/o/honey/overlay",
	"http://127.0.0.1:8935/o/x",
	"HTTPS://EXAMPLE.COM/O/1", // the encoding of capitals
	"https://live.example.com/o/" + strings.Repeat("long-", 50),
	"https://live.example.com/?a=%22%3Cscript%3E&b=;'",
}

// scan reads a code as a phone does.
func scan(t *testing.T, picture []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(require.Program(t, "zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Fatalf("zbarimg finds no code: %v", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func TestPNGIsScanned(t *testing.T) {
	for _, link := range links {
		for _, scale := range []int{2, 8} {
			picture, err := qr.PNG(link, scale)
			if err != nil {
				t.Fatal(err)
			}
			if got := scan(t, picture); got != link {
				t.Errorf("scale %d: %q is scanned as %q", scale, link, got)
			}
		}
	}
}

// What the terminal shows, drawn as a terminal with a dark theme draws it.
func TestTerminalIsScanned(t *testing.T) {
	for _, link := range links {
		text, err := qr.Terminal(link)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, draw(t, text)); got != link {
			t.Errorf("%q is scanned as %q", link, got)
		}
	}
}

func draw(t *testing.T, text string) []byte {
	t.Helper()
	const cell = 6
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, cell*120, cell*(2*len(lines)+8)))
	square := func(x, y int, dark bool) {
		for i := range cell * cell {
			shade := color.Gray{0xff}
			if dark {
				shade.Y = 0
			}
			img.SetGray(x*cell+i%cell, y*cell+i/cell, shade)
		}
	}
	for y, line := range lines {
		line, coloured := strings.CutPrefix(line, "\x1b[38;5;16;48;5;231m")
		line, ended := strings.CutSuffix(line, "\x1b[0m")
		if !coloured || !ended {
			t.Fatalf("line %d does not set and reset its colours: %q", y, line)
		}
		for x, r := range []rune(line) {
			square(x, 2*y, r == '█' || r == '▀')
			square(x, 2*y+1, r == '█' || r == '▄')
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSVGHoldsNothingButTwoPaths(t *testing.T) {
	for _, link := range links {
		picture, err := qr.SVG(link)
		if err != nil {
			t.Fatal(err)
		}
		var elements []string
		d := xml.NewDecoder(bytes.NewReader(picture))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok {
				elements = append(elements, e.Name.Local)
			}
		}
		if got := strings.Join(elements, " "); got != "svg path path" {
			t.Errorf("the picture has %s", got)
		}
	}
}

func TestWhatIsNoCode(t *testing.T) {
	tooLong := "https://example.com/" + strings.Repeat("x", qr.MaxLink)
	for name, err := range map[string]error{
		"no link":        second(qr.SVG("")),
		"a long link":    second(qr.SVG(tooLong)),
		"a long link, 2": second(qr.PNG(tooLong, 1)),
		"a long link, 3": second([]byte(nil), third(qr.Terminal(tooLong))),
		"no squares":     second(qr.PNG("https://example.com", 0)),
		"huge squares":   second(qr.PNG("https://example.com", qr.MaxScale+1)),
	} {
		if err == nil {
			t.Errorf("%s is drawn", name)
		}
	}
}

func second(_ []byte, err error) error { return err }
func third(_ string, err error) error  { return err }
