package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// offersDecoder walks an offers file. What steps refer to is looked up at the
// end: shows may stand before offers.
type offersDecoder struct {
	decoder
	out     OffersFile
	streams []string // nil: any
	ids     map[string]known
	shows   map[string]int // lines, by stream
	refs    []stepRef
}

// known is an id that is used.
type known struct {
	kind string // offer or banner
	line int
}

// all reads the whole file.
func (d *offersDecoder) all(root *yaml.Node) {
	d.mapping("", root, fields{
		"offers":  d.list(d.offer),
		"banners": d.list(d.banner),
		"shows":   d.list(d.show),
	})
	d.resolve()
}

func (d *offersDecoder) offer(path string, n *yaml.Node) {
	o := Offer{Stock: Unlimited}
	known, at := d.fields(o.readers()), map[string]*yaml.Node{}
	known["price"] = d.money(&o.Price, known["price"])
	known["compare_at"] = d.money(&o.CompareAt, known["compare_at"])
	d.mapping(path, n, keepAll(at, known))
	d.needs(path, n, at, "id: jar-of-honey", "title: Chestnut honey", "price: 12.50 EUR", "url: https://...")
	d.identify(path, at["id"], o.ID, "offer")
	if len(d.out.Offers) == MaxOffers {
		d.fail(n, path, "too many offers: %d at most", MaxOffers)
		d.left = 0
		return
	}
	d.out.Offers = append(d.out.Offers, o)
}

func (d *offersDecoder) banner(path string, n *yaml.Node) {
	var b Banner
	at := map[string]*yaml.Node{}
	d.mapping(path, n, keepAll(at, d.fields(b.readers())))
	d.needs(path, n, at, "id: hello", "text: Welcome")
	d.identify(path, at["id"], b.ID, "banner")
	d.out.Banners = append(d.out.Banners, b)
}

// fields makes fields of readers.
func (d *decoder) fields(from map[string]reader) fields {
	known := fields{}
	for name, read := range from {
		known[name] = d.read(read)
	}
	return known
}

func (d *decoder) read(read reader) field {
	return func(path string, n *yaml.Node) {
		var text string
		d.text(&text)(path, n)
		if d.failed(path) {
			return
		}
		if fault := read(text); fault != "" {
			d.fail(n, path, "%s", fault)
		}
	}
}

// money reads 12.50 EUR, or its two parts as fields.
func (d *decoder) money(to *Money, whole field) field {
	return func(path string, n *yaml.Node) {
		if follow(n).Kind != yaml.MappingNode {
			whole(path, n)
			return
		}
		at := map[string]*yaml.Node{}
		d.mapping(path, n, keepAll(at, fields{
			"amount":   d.read(readAmount(&to.Amount)),
			"currency": d.read(readCurrency(&to.Currency)),
		}))
		d.needs(path, n, at, `amount: "12.50"`, "currency: EUR")
	}
}

// keepAll notes where each field is.
func keepAll(to map[string]*yaml.Node, known fields) fields {
	for name, read := range known {
		known[name] = func(path string, n *yaml.Node) {
			to[name] = n
			read(path, n)
		}
	}
	return known
}

// needs tells which fields are missing; each example begins with the name.
func (d *decoder) needs(path string, n *yaml.Node, at map[string]*yaml.Node, examples ...string) {
	if empty(follow(n)) {
		d.fail(n, path, "has no value: write %s", strings.Join(examples, ", "))
	}
	if follow(n).Kind != yaml.MappingNode {
		return
	}
	for _, example := range examples {
		name, _, _ := strings.Cut(example, ":")
		if at[name] == nil {
			d.fail(n, join(path, name), "is missing: write %s", example)
		}
	}
}

// identify notes an id, which must be new.
func (d *offersDecoder) identify(path string, n *yaml.Node, id, kind string) {
	if id == "" {
		return
	}
	if other, used := d.ids[id]; used {
		d.fail(n, join(path, "id"), "%s is the id of %s already: ids of offers and banners must differ", id, other)
		return
	}
	d.ids[id] = known{kind: kind, line: n.Line}
}

func (k known) String() string { return fmt.Sprintf("the %s on line %d", k.kind, k.line) }
