package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// reader takes a value over from its text, or says what is wrong with it. The
// fields of offers are readers, so that YAML and CSV mean the same.
type reader func(text string) (fault string)

// readers are the fields of an offer.
func (o *Offer) readers() map[string]reader {
	return map[string]reader{
		"id":         readID(&o.ID),
		"title":      readLine(&o.Title, MaxTitle),
		"price":      readMoney(&o.Price),
		"compare_at": readMoney(&o.CompareAt),
		"url":        readLink(&o.URL),
		"image":      readImage(&o.Image),
		"cta":        readLine(&o.CTA, MaxCTA),
		"stock":      readStock(&o.Stock),
		"duration":   readDuration(&o.Duration, MaxOnAir),
		"countdown":  readDuration(&o.Countdown, MaxCountdown),
		"disclosure": readChoice(&o.Disclosure, Disclosures),
	}
}

// readers are the fields of a banner.
func (b *Banner) readers() map[string]reader {
	return map[string]reader{
		"id":       readID(&b.ID),
		"text":     readLine(&b.Text, MaxText),
		"url":      readLink(&b.URL),
		"duration": readDuration(&b.Duration, MaxOnAir),
	}
}

var idShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func readID(to *string) reader {
	return func(text string) string {
		if !idShape.MatchString(text) {
			return "must be 1 to 64 of a-z, 0-9 and -, and begin with a letter or a digit, such as jar-of-honey"
		}
		*to = text
		return ""
	}
}

// readLine reads a line for people.
func readLine(to *string, most int) reader {
	return func(text string) string {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
			return "is empty"
		case !utf8.ValidString(text) || strings.ContainsFunc(text, breaks):
			return "has a line break or a control character within: write one line"
		case utf8.RuneCountInString(text) > most:
			return fmt.Sprintf("is longer than %d characters", most)
		}
		*to = text
		return ""
	}
}

// breaks reports whether r has no place in a line. Joiners within pictograms do.
func breaks(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// readLink reads the URL of a page.
func readLink(to *string) reader {
	return func(text string) string {
		u, fault := webURL(text, MaxLink, "https://shop.example.com/honey")
		if fault == "" {
			*to = written(text, u)
		}
		return fault
	}
}

// written is a URL as it was written, byte for byte, unless it has letters that
// URLs are not made of: then as browsers would ask for it.
func written(text string, u *url.URL) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return u.String()
	}
	return text
}

// readImage reads the URL of a picture, or the name of a file.
func readImage(to *string) reader {
	return func(text string) string {
		var u *url.URL
		var fault string
		switch {
		case strings.HasPrefix(text, "http://"):
			return "must begin with https://: browsers show no other pictures on a page that does"
		case strings.Contains(text, "://"):
			if u, fault = webURL(text, MaxLink, "https://shop.example.com/honey.jpg"); fault == "" {
				text = written(text, u)
			}
		default:
			fault = imageFault(text)
		}
		if fault == "" {
			*to = text
		}
		return fault
	}
}

func imageFault(name string) string {
	const maxName = 128
	ends := []string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"}
	switch {
	case strings.ContainsAny(name, `/\`):
		return "must be the name of a file in the folder for images, such as honey.jpg, without a folder, or a https:// URL"
	case len(name) > maxName || strings.HasPrefix(name, "."):
		return "is not the name of a file, such as honey.jpg"
	case strings.ContainsAny(name, ":%?#") || strings.ContainsFunc(name, notInURL):
		return "has a sign that needs disguise in a URL: name the file with a-z, 0-9, - and _ alone, such as chestnut-honey.jpg"
	case !slices.Contains(ends, strings.ToLower(path.Ext(name))):
		return "must end with one of " + strings.Join(ends, ", ")
	}
	return ""
}

func readStock(to *int) reader {
	return func(text string) string {
		if text == "unlimited" {
			*to = Unlimited
			return ""
		}
		v, err := strconv.ParseUint(text, 10, 32)
		if err != nil || v > MaxStock {
			return fmt.Sprintf("must be a whole number from 0 to %d, or unlimited", MaxStock)
		}
		*to = int(v)
		return ""
	}
}

func readDuration(to *time.Duration, most time.Duration) reader {
	return func(text string) string { return parseDuration(to, text, most) }
}

func readChoice(to *string, among []string) reader {
	return func(text string) string {
		if !slices.Contains(among, text) {
			return "must be one of " + strings.Join(among, ", ")
		}
		*to = text
		return ""
	}
}
