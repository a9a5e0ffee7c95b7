package config

import "regexp"

var (
	moneyShape  = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,4})?) ([A-Z]{3})$`)
	amountShape = regexp.MustCompile(`^[0-9]{1,12}(?:\.[0-9]{1,4})?$`)
	codeShape   = regexp.MustCompile(`^[A-Z]{3}$`)
)

func readMoney(to *Money) reader {
	return func(text string) string {
		m := moneyShape.FindStringSubmatch(text)
		if m == nil {
			return "must be an amount and a currency, such as 12.50 EUR: digits, a point before the fraction, and three capital letters"
		}
		*to = Money{Amount: m[1], Currency: m[2]}
		return ""
	}
}

func readAmount(to *string) reader {
	return func(text string) string {
		if !amountShape.MatchString(text) {
			return `must be digits with a point before the fraction, such as "12.50"`
		}
		*to = text
		return ""
	}
}

func readCurrency(to *string) reader {
	return func(text string) string {
		if !codeShape.MatchString(text) {
			return "must be three capital letters, such as EUR"
		}
		*to = text
		return ""
	}
}
