package web_test

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// picturesEnv names a folder in which pictures of the overlay are kept to be
// looked at, over a dark ground and a light one.
const picturesEnv = "HAWKER_TEST_PICTURES"

func keep(t *testing.T, name string, img image.Image) {
	t.Helper()
	dir := os.Getenv(picturesEnv)
	if dir == "" {
		return
	}
	if sub := filepath.Base(t.Name()); strings.Contains(sub, "x") {
		name += "-" + sub
	}
	for ground, shade := range map[string]color.Color{"dark": color.RGBA{30, 34, 40, 255}, "light": color.RGBA{240, 238, 232, 255}} {
		all := image.NewRGBA(img.Bounds())
		draw.Draw(all, all.Bounds(), image.NewUniform(shade), image.Point{}, draw.Src)
		draw.Draw(all, all.Bounds(), img, image.Point{}, draw.Over)
		f, err := os.Create(filepath.Join(dir, name+"-"+ground+".png"))
		must(t, err)
		must(t, png.Encode(f, all))
		must(t, f.Close())
	}
}

type box struct{ left, top, right, bottom int }

// opaque is the part of a picture in which something is shown, but for shadows;
// a transparent picture has none.
func opaque(img image.Image) (b box) {
	size := img.Bounds().Size()
	pixels := img.(*image.NRGBA) // that has transparent ones
	for y := 0; y < size.Y; y += 2 {
		for x := 0; x < size.X; x += 2 {
			if pixels.NRGBAAt(x, y).A < 0xf0 {
				continue
			}
			if b == (box{}) {
				b = box{x, y, x, y}
			}
			b = box{min(b.left, x), min(b.top, y), max(b.right, x), max(b.bottom, y)}
		}
	}
	return b
}

// safe checks that something is shown, and that it keeps to where it is in
// nobody's way: away from the edges, in the lower part, and upright also away
// from what the platforms put to the right and below.
func safe(t *testing.T, img image.Image) {
	t.Helper()
	size, b := img.Bounds().Size(), opaque(img)
	limits := box{size.X * 3 / 100, size.Y * 40 / 100, size.X * 97 / 100, size.Y * 95 / 100}
	if size.Y > size.X {
		limits = box{size.X * 4 / 100, size.Y * 25 / 100, size.X * 85 / 100, size.Y * 75 / 100}
	}
	if b == (box{}) || b.left < limits.left || b.top < limits.top || b.right > limits.right || b.bottom > limits.bottom {
		t.Errorf("what is shown takes %+v of %v, and may take %+v", b, size, limits)
	}
	if _, _, _, a := img.At(size.X/2, size.Y/8).RGBA(); a != 0 {
		t.Error("what is not shown is not transparent")
	}
}

// scan reads the code in a picture, as a phone does.
func scan(t *testing.T, picture []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "picture.png")
	must(t, os.WriteFile(file, picture, 0o600))
	out, err := exec.Command(require.Program(t, "zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Fatalf("zbarimg finds no code: %v", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}
