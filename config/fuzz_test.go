package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hawker-live/hawker/config"
	"gopkg.in/yaml.v3"
)

// FuzzParse: whatever a file holds, it is read or refused with places.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(config.Starter(config.NewKey()))
	golden, err := filepath.Glob("testdata/edit/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range golden {
		_, text, _ := strings.Cut(read(f, file), "\n")
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	write(f, dir, "theme.css", "a{}")
	write(f, dir, "offers.yaml", evening)
	write(f, dir, "words.txt", "spam\n# more\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data, filepath.Join(dir, "hawker.yaml"), options(map[string]string{"K": "k"}))
		if c == nil || len(c.Files()) == 0 {
			t.Fatal("no config")
		}
		var errs config.Errors
		if err != nil && !errors.As(err, &errs) {
			t.Fatalf("not config.Errors: %v", err)
		}
		placed(t, errs)
		for _, s := range c.Streams {
			checkPage(t, s)
		}
	})
}

// checkPage checks what the types promise.
func checkPage(t *testing.T, s config.Stream) {
	t.Helper()
	if s.Watch && slices.Contains(config.Reserved(), strings.ToLower(s.Name)) ||
		utf8.RuneCountInString(s.Title) > config.MaxPageTitle || strings.ContainsAny(s.Title, "\r\n") ||
		utf8.RuneCountInString(s.Description) > config.MaxDescription || strings.Contains(s.Description, "\r") {
		t.Fatalf("page %+v", s.Page)
	}
	for _, o := range s.EmbedOrigins { // it goes into a header
		if strings.ContainsAny(o, " ,;'\"?#\r\n") || strings.Contains(o, "*") && len(s.EmbedOrigins) > 1 {
			t.Fatalf("origins %q", s.EmbedOrigins)
		}
	}
	if c := s.Chat; c != nil && (c.Slow%time.Second != 0 || c.Slow > config.MaxSlow || len(c.BlockedWords) > config.MaxBlockedWords || slices.Contains(c.BlockedWords, "")) {
		t.Fatalf("chat %+v", c)
	}
	if r := s.Record; r != nil && (r.Folder == "" || r.SplitSize < 0 || r.SplitSize > config.MaxFileSize || r.KeepSize > 0 && r.KeepSize < r.SplitSize ||
		r.Keep > 0 && r.Keep < max(r.SplitEvery, config.MinKeep)) {
		t.Fatalf("record %+v", r)
	}
}

// FuzzBlockedWords: whatever a file of words holds, it is read or refused with
// places.
func FuzzBlockedWords(f *testing.F) {
	f.Add([]byte("\ufeff# none\r\nspam\n\n buy followers \n\u6f22"))
	f.Add([]byte("***\n\xff\n" + strings.Repeat("a\n", 1100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := write(t, dir, "words.txt", string(data))
		c, err := config.Parse([]byte("streams: [{name: a, key: k, chat: {blocked_words_file: words.txt}}]"), filepath.Join(dir, "hawker.yaml"), options(nil))
		var errs config.Errors
		if err != nil && !errors.As(err, &errs) || !slices.Contains(c.Files(), path) {
			t.Fatalf("files %v, %v", c.Files(), err)
		}
		placed(t, errs)
		for _, s := range c.Streams {
			checkPage(t, s)
		}
	})
}

func placed(t *testing.T, errs config.Errors) {
	t.Helper()
	for _, e := range errs {
		if e.File == "" || e.Line < 1 || e.Column < 1 || e.Message == "" {
			t.Fatalf("error without a place: %+v", e)
		}
	}
}

// FuzzDecodeOffers: what is read keeps what the types promise.
func FuzzDecodeOffers(f *testing.F) {
	f.Add([]byte(evening))
	f.Add([]byte(step("at: +2m, end: jar")))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := config.DecodeOffers("o.yaml", data)
		checkOffers(t, got, err)
	})
}

// FuzzDecodeOffersCSV is the same for tables.
func FuzzDecodeOffersCSV(f *testing.F) {
	f.Add([]byte("\ufeffid;title;price;currency;url\r\njar;\"a \"\"b\"\"\n\";12,50;EUR;https://h/\r\n;;;;\r\n"))
	f.Add([]byte("id,title,price,url,stock,duration\njar,Jar,1 EUR,https://h/,3,5m\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := config.DecodeOffersCSV("o.csv", data)
		checkOffers(t, got, err)
	})
}

var moneyShape = regexp.MustCompile(`^[0-9]+(\.[0-9]+)? [A-Z]{3}$`)

func checkOffers(t *testing.T, got *config.OffersFile, err error) {
	t.Helper()
	if err != nil {
		var errs config.Errors
		if !errors.As(err, &errs) || len(errs) == 0 || got != nil {
			t.Fatalf("got %+v with %v", got, err)
		}
		placed(t, errs)
		return
	}
	ids := map[string]bool{}
	for _, o := range got.Offers {
		if o.ID == "" || ids[o.ID] || o.Title == "" || o.URL == "" || o.Stock < config.Unlimited || o.Stock > config.MaxStock ||
			!moneyShape.MatchString(o.Price.Amount+" "+o.Price.Currency) || strings.ContainsAny(o.Title+o.CTA, "\r\n") {
			t.Fatalf("offer %+v", o)
		}
		ids[o.ID] = true
	}
	for _, b := range got.Banners {
		if b.ID == "" || ids[b.ID] || b.Text == "" {
			t.Fatalf("banner %+v", b)
		}
		ids[b.ID] = true
	}
	for _, s := range got.Shows {
		for _, step := range s.Steps {
			if id := step.Offer + step.Banner + step.End; !ids[id] || step.After < 0 || step.After > 0 && !step.At.IsZero() {
				t.Fatalf("step %+v", step)
			}
		}
	}
}

// TestEveryPrefixIsReadOrRefused cuts a file at every byte, as a writer that
// was interrupted does.
func TestEveryPrefixIsReadOrRefused(t *testing.T) {
	for i := range len(whole) {
		c, err := config.Parse([]byte(whole[:i]), "hawker.yaml", options(map[string]string{"HAWKER_KEY": canary}))
		if err == nil && len(c.Streams) == 0 {
			t.Errorf("the first %d bytes pass without a stream", i)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the key shows: %v", err)
		}
	}
}

// FuzzEdit: an edit of any file gives a valid file, or leaves it as it was.
func FuzzEdit(f *testing.F) {
	golden, err := filepath.Glob("testdata/edit/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range golden {
		name, text, _ := strings.Cut(read(f, file), "\n")
		before, _, _ := strings.Cut(text, "====\n")
		f.Add(name, before)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if edits[name] == nil {
			name = "add destination"
		}
		path := write(t, t.TempDir(), "hawker.yaml", text)
		err := config.Edit(path, options(nil), edits[name])
		got, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err != nil {
			if string(got) != text {
				t.Fatalf("refused (%v), and yet changed:\n%s", err, got)
			}
			return
		}
		anything := options(nil)
		anything.Getenv = func(name string) (string, bool) { return "value-of-" + name, true }
		if _, err := config.Parse(got, path, anything); aboutMore(err) || !utf8.Valid(got) {
			t.Fatalf("made invalid: %v\n%s", err, got)
		}
		var n yaml.Node
		if err := yaml.Unmarshal(got, &n); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "add") && comments(string(got)) < comments(text) {
			t.Fatalf("comments were lost:\n%s\nof\n%s", got, text)
		}
	})
}

// aboutMore reports whether err is about more than a database, whose URL is none
// when it is made up.
func aboutMore(err error) bool {
	var errs config.Errors
	return err != nil && (!errors.As(err, &errs) || slices.ContainsFunc(errs, func(e config.Error) bool {
		return e.Path != "data" && e.Path != "data.database"
	}))
}

func comments(text string) int { return strings.Count(text, "#") }
