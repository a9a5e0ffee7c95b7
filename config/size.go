package config

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

var sizeShape = regexp.MustCompile(`^([0-9]{1,18})(?:\.([0-9]{1,3}))? ?([A-Za-z]*)$`)

// sizeUnits are bytes.
var sizeUnits = map[string]int64{
	"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// sizeOf reads a size in bytes, or says what is wrong with it.
func sizeOf(text string) (size int64, fault string) {
	m := sizeShape.FindStringSubmatch(text)
	if m == nil {
		return 0, "is not a size: write 500MB or 1GiB"
	}
	unit, known := sizeUnits[m[3]]
	whole, _ := strconv.ParseInt(m[1], 10, 64) // 18 digits at most
	switch {
	case m[3] == "" && whole == 0 && m[2] == "":
		return 0, ""
	case m[3] == "":
		return 0, "needs a unit: write 500MB or 1GiB"
	case !known:
		return 0, "has a unit that is none of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB"
	case whole >= math.MaxInt64/unit:
		return math.MaxInt64, ""
	}
	thousandths, _ := strconv.ParseInt((m[2] + "000")[:3], 10, 64)
	return whole*unit + thousandths*unit/1000, ""
}

// readSize reads 0, which has a meaning of its own, or a size from MinFileSize to
// MaxFileSize.
func readSize(to *int64, zero string) reader {
	return func(text string) string {
		v, fault := sizeOf(text)
		switch {
		case fault != "":
			return fault
		case v != 0 && (v < MinFileSize || v > MaxFileSize):
			return "must be between 1MB and 1024TiB, or 0 " + zero
		}
		*to = v
		return ""
	}
}

// readPeriod is the same for a duration; without words for it, 0 is none.
func readPeriod(to *time.Duration, least, most time.Duration, zero string) reader {
	return func(text string) string {
		v, fault := durationOf(text)
		switch {
		case fault != "":
			return fault
		case v == 0 && zero != "" || v >= least && v <= most:
			*to = v
			return ""
		}
		fault = "must be between " + short(least) + " and " + short(most)
		if zero != "" {
			fault += ", or 0s " + zero
		}
		return fault
	}
}
