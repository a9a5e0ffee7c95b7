package config

import (
	"bytes"
	"encoding/csv"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// csvDecoder reads the table of offers that a spreadsheet writes.
type csvDecoder struct {
	offersDecoder
	lines   [][]byte
	table   *csv.Reader
	columns []string
}

// needed are the columns that each offer has a value in.
var needed = []string{"id", "title", "price", "url"}

// DecodeOffersCSV reads offers from CSV: a row of the names that the fields have
// in YAML, and a row of at most MaxOffers for each offer. An empty cell is a
// field that is not given. price and compare_at hold a currency each (12.50 EUR)
// or share a column, currency. Values are parted by commas or, with the decimal
// comma allowed in amounts, by semicolons. Errors are Errors, all at once.
func DecodeOffersCSV(name string, data []byte) (*OffersFile, error) {
	d := &csvDecoder{offersDecoder: *newOffersDecoder(name)}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if d.sound(data) {
		d.lines = bytes.Split(data, []byte("\n"))
		d.table = csv.NewReader(bytes.NewReader(data))
		d.table.Comma, d.table.FieldsPerRecord = separator(data), -1
		if d.header() {
			d.rows()
		}
	}
	if len(d.errs) > 0 {
		d.errs.sort()
		return nil, d.errs
	}
	return &d.out, nil
}

// header reads the names of columns.
func (d *csvDecoder) header() bool {
	names, ok := d.next()
	if !ok {
		return false
	}
	known := append(slices.Sorted(maps.Keys((&Offer{}).readers())), "currency")
	for i, cell := range names {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
		switch {
		case name == "": // a column of a spreadsheet that nothing is in
		case !slices.Contains(known, name):
			d.fail(d.cell(i), "", "unknown column%s%s", quote(name), suggestion(name, known))
		case slices.Contains(d.columns, name):
			d.fail(d.cell(i), name, "the column is there twice")
		}
		d.columns = append(d.columns, name)
	}
	for _, name := range needed {
		if !slices.Contains(d.columns, name) {
			d.fail(nil, name, "the column is missing: the first row must name id, title, price and url at least")
		}
	}
	return len(d.errs) == 0
}

func (d *csvDecoder) rows() {
	for d.left > 0 {
		cells, ok := d.next()
		if !ok {
			return
		}
		if blank(cells) {
			continue
		}
		if len(d.out.Offers) == MaxOffers {
			d.fail(d.cell(0), "", "too many rows: %d at most", MaxOffers)
			return
		}
		d.row(cells)
	}
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

func (d *csvDecoder) row(cells []string) {
	o := Offer{Stock: Unlimited}
	read, at := o.readers(), map[string]*yaml.Node{}
	currency := ""
	if i := slices.Index(d.columns, "currency"); i >= 0 && i < len(cells) {
		currency = strings.TrimSpace(cells[i])
	}
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		if i >= len(d.columns) || d.columns[i] == "" {
			d.fail(d.cell(i), "", "the value is in no column: one with a %c in it needs quotation marks", d.table.Comma)
			continue
		}
		name := d.columns[i]
		at[name] = d.cell(i)
		if name == "price" || name == "compare_at" {
			cell = d.amount(cell, currency)
		}
		if name != "currency" {
			d.readCell(name, at[name], read[name], cell)
		}
	}
	d.complete(at, o, currency)
	d.out.Offers = append(d.out.Offers, o)
}

func (d *csvDecoder) readCell(name string, n *yaml.Node, read reader, cell string) {
	if fault := read(cell); fault != "" {
		d.fail(n, name, "%s", fault)
	}
}

// complete checks a row as a whole.
func (d *csvDecoder) complete(at map[string]*yaml.Node, o Offer, currency string) {
	for _, name := range needed {
		if at[name] == nil {
			d.fail(d.cell(0), name, "is missing in this row: every offer needs id, title, price and url (https://...)")
		}
	}
	for _, m := range []Money{o.Price, o.CompareAt} {
		if currency != "" && m.Currency != "" && m.Currency != currency {
			d.fail(at["currency"], "currency", "is not the one that stands beside the amount in this row: keep one")
			break
		}
	}
	d.identify("", at["id"], o.ID, "offer")
}

var (
	bareAmount   = regexp.MustCompile(`^[0-9.,]+$`)
	decimalComma = regexp.MustCompile(`^([0-9]+),([0-9]{1,2})( |$)`)
)

// amount adds the currency of the row, and writes a point for a decimal comma
// where commas mean that.
func (d *csvDecoder) amount(cell, currency string) string {
	if d.table.Comma == ';' {
		cell = decimalComma.ReplaceAllString(cell, "$1.$2$3")
	}
	if currency != "" && bareAmount.MatchString(cell) {
		cell += " " + currency
	}
	return cell
}
