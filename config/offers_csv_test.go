package config_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
)

func TestDecodeOffersCSV(t *testing.T) {
	honey := config.Offer{ID: "jar-of-honey", Title: "Chestnut honey, 250 g", Price: config.Money{Amount: "12.50", Currency: "EUR"},
		URL: "https://h/honey", Stock: config.Unlimited}
	full := config.Offer{ID: "tea", Title: `The "green" one`, Price: config.Money{Amount: "3", Currency: "EUR"},
		CompareAt: config.Money{Amount: "4.5", Currency: "EUR"}, URL: "https://shop.example.com/tea", Image: "tea.png",
		CTA: "Buy", Stock: 30, Duration: 5 * time.Minute, Countdown: 30 * time.Second, Disclosure: "sponsored"}
	for _, c := range []struct {
		name, text string
		want       []config.Offer
	}{
		{"least", "id,title,price,url\njar-of-honey,\"Chestnut honey, 250 g\",12.50 EUR,https://h/honey\n", []config.Offer{honey}},
		{"header alone", "id,title,price,url\n", nil},
		{"without last line end", "id,title,price,url\njar-of-honey,\"Chestnut honey, 250 g\",12.50 EUR,https://h/honey", []config.Offer{honey}},
		{"in any order", "Price;URL;currency;ID;Title\n12.50;https://h/honey;EUR;jar-of-honey;Chestnut honey, 250 g\n", []config.Offer{honey}},
		{"mark, CRLF, semicolons, commas", "\ufeffid;title;price;currency;url\r\njar-of-honey;Chestnut honey, 250 g;12,50;EUR;https://h/honey\r\n", []config.Offer{honey}},
		{"comma and currency", "id;title;price;url\njar-of-honey;Chestnut honey, 250 g;12,50 EUR;https://h/honey\n", []config.Offer{honey}},
		{"currency twice, but the same", "id;title;price;currency;url\njar-of-honey;Chestnut honey, 250 g;12.50 EUR;EUR;https://h/honey\n", []config.Offer{honey}},
		{"rows and columns of nothing", "\n\nid;title;price;url;;\n;;;;;\njar-of-honey;Chestnut honey, 250 g;12.50 EUR;https://h/honey;;\n ;;;;;\n\n", []config.Offer{honey}},
		{"short rows", "id;title;price;url;stock\njar-of-honey;Chestnut honey, 250 g;12.50 EUR;https://h/honey\n", []config.Offer{honey}},
		{"every field", "id,title,price,Compare at,currency,url,image,cta,stock,duration,countdown,disclosure\n" +
			"tea,\"The \"\"green\"\" one\",3,4.5,EUR,https://shop.example.com/tea,tea.png,Buy,30,5m,30s,sponsored\n" +
			"jar-of-honey,\"Chestnut honey, 250 g\",12.50,,EUR,https://h/honey,,,unlimited,,,\n", []config.Offer{full, honey}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := config.DecodeOffersCSV("o.csv", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, &config.OffersFile{Offers: c.want}) {
				t.Errorf("got  %+v\nwant %+v", got.Offers, c.want)
			}
		})
	}
}

func TestDecodeOffersCSVErrors(t *testing.T) {
	const head = "id,title,price,currency,stock,url\n"
	var many strings.Builder
	many.WriteString("id,title,price,url\n")
	for i := range config.MaxOffers + 1 {
		fmt.Fprintf(&many, "o%d,O,1 EUR,https://h/\n", i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty file", "\ufeff\n", "1:1: the file is empty: it needs a row with the names of columns"},
		{"too large", strings.Repeat("x", config.MaxSize+1), "1:1: the file is larger than 1024 KiB"},
		{"Latin 1", "id,title,price\njar,Gel\xe9e,1 EUR\n", `2:1: is not text in UTF-8: save the table as "CSV UTF-8"`},
		{"UTF-16", "\xff\xfei\x00d\x00", "1:1: is not text in UTF-8"},
		{"NUL", "id,title,price\n\x00", "is not text in UTF-8"},
		{"unknown column", "id,title,prize\n", `1:10: unknown column "prize": did you mean price?`},
		{"column that may be a key", "id,title,price," + canary + "\n", "1:16: unknown column; known here: "},
		{"column twice", "id,title,price, ID\n", "1:16: id: the column is there twice"},
		{"columns missing", "title\nJar\n", "1:1: price: the column is missing: the first row must name id, title, price and url"},
		{"no header", "jar,Jar,1 EUR\n", "id: the column is missing"},
		{"id missing", head + ",Jar,1,EUR,3,https://h/\n", "2:1: id: is missing in this row"},
		{"price missing", head + "jar,Jar\n", "2:1: price: is missing in this row"},
		{"url missing", head + "jar,Jar,1,EUR,3\n", "2:1: url: is missing in this row: every offer needs id, title, price and url (https://...)"},
		{"url column missing", "id,title,price\njar,Jar,1 EUR\n", "1:1: url: the column is missing"},
		{"bad id", head + "Jär,Jar,1,EUR,3,https://h/\n", "2:1: id: must be 1 to 64 of a-z"},
		{"ids equal", head + "jar,Jar,1,EUR,3,https://h/\n\njar,Jar,1,EUR,3,https://h/\n", "4:1: id: jar is the id of the offer on line 2 already"},
		{"bad stock after letters of two bytes", head + "jar,Gelée,1,EUR,-3,https://h/\n", "2:17: stock: must be a whole number"},
		{"bad stock after a text of lines", head + "\njar,\"Jar\n\",1,EUR,x,https://h/\n", "4:9: stock: must be a whole number"},
		{"no currency", "id,title,price,url\njar,Jar,12.50,https://h/\n", "2:9: price: must be an amount and a currency"},
		{"bad currency", head + "jar,Jar,12.50,€,3,https://h/\n", "2:9: price: must be an amount and a currency"},
		{"two currencies", head + "jar,Jar,12.50 EUR,USD,3,https://h/\n", "2:19: currency: is not the one that stands beside the amount"},
		{"comma among commas", head + "jar,Jar,\"12,50\",EUR,3,https://h/\n", "2:9: price: must be an amount"},
		{"comma that parts thousands", "id;title;price;url\njar;Jar;1,250 EUR;https://h/\n", "2:9: price: must be an amount"},
		{"more values than columns", "id,title,price,url\njar,Chestnut honey, 250 g,1 EUR,https://h/\n", "2:33: the value is in no column: one with a , in it needs quotation marks"},
		{"quote within", head + "jar,a \"jar\",1,EUR,3,https://h/\n", "2:1: a quotation mark is out of place"},
		{"quote never closed", head + "jar,\"jar,1,EUR,3,https://h/\n", "2:1: a quotation mark is out of place"},
		{"too many rows", many.String(), "10002:1: too many rows: 10000 at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := config.DecodeOffersCSV("o.csv", []byte(c.text))
			var errs config.Errors
			if !errors.As(err, &errs) || f != nil {
				t.Fatalf("got %+v, %v, want config.Errors", f, err)
			}
			if told := errs.Error(); !strings.Contains(told, c.want) || strings.Contains(told, canary) {
				t.Errorf("errors:\n%s\nwant %s", told, c.want)
			}
		})
	}
}

func TestDecodeOffersCSVTellsAllErrorsAtOnce(t *testing.T) {
	text := "id;title;price;url\n-;Jar;1 EUR;https://h/\njar;;x;https://h/\n" + strings.Repeat("jar;Jar;1;https://h/\n", 3000)
	_, err := config.DecodeOffersCSV("o.csv", []byte(text))
	var errs config.Errors
	if !errors.As(err, &errs) || len(errs) != 1000 {
		t.Fatalf("%d errors: %.200v", len(errs), err)
	}
	for i, want := range []string{"o.csv:2:1: id: ", "o.csv:3:1: title: ", "o.csv:3:6: price: ", "o.csv:4:1: id: ", "o.csv:4:9: price: "} {
		if !strings.HasPrefix(errs[i].Error(), want) {
			t.Errorf("error %d: %v, want %s", i, errs[i], want)
		}
	}
}
