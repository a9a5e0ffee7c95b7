package overlay

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// MaxAmount is the highest price, in minor units: a trillion.
const MaxAmount = 1_000_000_000_000

// Money is an amount in minor units of a currency: 1250 EUR is 12.50 euros,
// 1250 JPY are 1250 yen.
type Money struct {
	// Amount is 0 to MaxAmount.
	Amount int64 `json:"amount"`
	// Currency is an ISO 4217 code, such as EUR.
	Currency string `json:"currency"`
}

// String returns the amount in major units and the currency: "12.50 EUR".
func (m Money) String() string {
	digits := MinorDigits(m.Currency)
	text := strconv.FormatInt(m.Amount, 10)
	if digits > 0 {
		text = strings.Repeat("0", max(0, digits+1-len(text))) + text
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	return strings.TrimSpace(text + " " + m.Currency)
}

var amountShape = regexp.MustCompile(`^([0-9]{1,15})(?:\.([0-9]{1,4}))?$`)

// ParseMoney reads "12.50 EUR", or amount and currency apart. An amount may have
// no more decimals than the currency has.
func ParseMoney(amount, currency string) (Money, error) {
	if currency == "" {
		amount, currency, _ = strings.Cut(strings.TrimSpace(amount), " ")
	}
	currency = strings.ToUpper(strings.TrimSpace(currency))
	if currency == "" {
		return Money{}, fmt.Errorf("the currency is missing: write %s EUR", cmp.Or(amount, "12.50"))
	}
	if !knownCurrency(currency) {
		return Money{}, fmt.Errorf("currency %q is not a code of ISO 4217, such as EUR or USD: write 12.50 EUR", currency)
	}
	parts := amountShape.FindStringSubmatch(amount)
	if parts == nil {
		return Money{}, fmt.Errorf("amount %q is not a number such as 12.50", amount)
	}
	digits := MinorDigits(currency)
	if len(parts[2]) > digits {
		return Money{}, fmt.Errorf("amount %s has %d decimals, and %s has %d", amount, len(parts[2]), currency, digits)
	}
	n, err := strconv.ParseInt(parts[1]+parts[2]+strings.Repeat("0", digits-len(parts[2])), 10, 64)
	if err != nil || n > MaxAmount {
		return Money{}, fmt.Errorf("amount %s is over the limit of %s", amount, Money{MaxAmount, currency})
	}
	return Money{n, currency}, nil
}

// MinorDigits is how many decimals a currency has: the exponent of ISO 4217.
func MinorDigits(currency string) int {
	switch {
	case strings.Contains(noDecimals, currency) && currency != "":
		return 0
	case strings.Contains(threeDecimals, currency) && currency != "":
		return 3
	}
	return 2
}

func knownCurrency(code string) bool {
	return len(code) == 3 && code == strings.ToUpper(code) && !strings.Contains(code, " ") && strings.Contains(currencies, code)
}

// The active currencies of ISO 4217 that prices are in: funds, metals and test
// codes are left out.
const (
	currencies = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD " +
		"HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD " +
		"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR " +
		"RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS " +
		"UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
	noDecimals    = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
	threeDecimals = "BHD IQD JOD KWD LYD OMR TND"
)
