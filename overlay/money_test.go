package overlay_test

import (
	"testing"

	"github.com/hawker-live/hawker/overlay"
)

func TestParseMoney(t *testing.T) {
	for in, want := range map[[2]string]overlay.Money{
		{"12.50 EUR", ""}:       {Amount: 1250, Currency: "EUR"},
		{"12.5", "EUR"}:         {Amount: 1250, Currency: "EUR"},
		{"0", "usd"}:            {Amount: 0, Currency: "USD"},
		{"1980 JPY", ""}:        {Amount: 1980, Currency: "JPY"},
		{"350000 VND", ""}:      {Amount: 350000, Currency: "VND"},
		{"1.234 KWD", ""}:       {Amount: 1234, Currency: "KWD"},
		{"10000000000 EUR", ""}: {Amount: overlay.MaxAmount, Currency: "EUR"},
	} {
		got, err := overlay.ParseMoney(in[0], in[1])
		if err != nil || got != want {
			t.Errorf("%q %q is %v, %v; want %v", in[0], in[1], got, err, want)
		}
	}
	for _, in := range []string{"", "12.50", "12.50 EURO", "12.50 XXX", "12,50 EUR", "-1 EUR", "1.5 JPY", "1.234 EUR", "10000000000.01 EUR",
		"99999999999999999999 EUR", "1e3 EUR", "12.50 D A", ". EUR"} {
		if got, err := overlay.ParseMoney(in, ""); err == nil {
			t.Errorf("%q is taken for %v", in, got)
		}
	}
}

func TestMoneyReadsBack(t *testing.T) {
	for _, m := range []overlay.Money{{Amount: 5, Currency: "EUR"}, {Amount: 100, Currency: "USD"}, {Amount: 7, Currency: "JPY"}, {Amount: 1, Currency: "BHD"}} {
		got, err := overlay.ParseMoney(m.String(), "")
		if err != nil || got != m {
			t.Errorf("%v reads back as %v, %v", m, got, err)
		}
	}
	if got := (overlay.Money{Amount: 5, Currency: "EUR"}).String(); got != "0.05 EUR" {
		t.Errorf("five cents are %q", got)
	}
}
