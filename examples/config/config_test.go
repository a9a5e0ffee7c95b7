// Package config_test checks that the example configurations can be used.
package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay/platform"
)

func TestExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples (%v)", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			furnish(t, dir, data)
			c, err := config.Parse(data, filepath.Join(dir, file), options())
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Streams) == 0 || c.Admin.Listen != config.DefaultAdmin {
				t.Errorf("%d streams, admin at %s: want some streams and the admin address that the scrape configuration asks", len(c.Streams), c.Admin.Listen)
			}
		})
	}
}

// What is sold in the examples is written twice: as YAML and as a table.
func TestExampleOffersLoad(t *testing.T) {
	evening, err := os.ReadFile("offers/evening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("offers/table.csv")
	if err != nil {
		t.Fatal(err)
	}
	one, err := config.DecodeOffers("evening.yaml", evening)
	if err != nil {
		t.Fatal(err)
	}
	other, err := config.DecodeOffersCSV("table.csv", table)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Offers) != len(other.Offers) || len(one.Offers) == 0 {
		t.Fatalf("%d offers, and %d in the table", len(one.Offers), len(other.Offers))
	}
	for i, o := range one.Offers {
		if other := other.Offers[i]; o.ID != other.ID || o.Price != other.Price || o.CompareAt != other.CompareAt || o.Stock != other.Stock {
			t.Errorf("%+v, and %+v in the table", o, other)
		}
	}
}

// options are those of the program, with every environment variable set.
func options() config.Options {
	return config.Options{
		Platform: func(id string) (config.Platform, bool) {
			p, ok := platform.Lookup(id)
			return config.Platform{Server: p.Server, BackupServer: p.BackupServer, NeedsURL: p.NeedsURL, FindURL: p.FindURL}, ok
		},
		PlatformIDs: platform.IDs(),
		Getenv:      func(name string) (string, bool) { return "value-of-" + name, true },
	}
}

var (
	cssFiles   = regexp.MustCompile(`css: ([^ ,}\n]+)`)
	offerFiles = regexp.MustCompile(`offers_file: ([^ ,}\n]+)`)
	keyFiles   = regexp.MustCompile(`key_file: ([^ ,}\n]+)`)
	pemFiles   = regexp.MustCompile(`(?m)^ +(?:ca_file|cert|key): ([^ ,}\n]+\.pem)`)
)

// furnish writes the files that an example names.
func furnish(t *testing.T, dir string, example []byte) {
	t.Helper()
	pair := certificate(t)
	write := func(name string, content []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range keyFiles.FindAllSubmatch(example, -1) {
		write(string(m[1]), []byte("key-in-"+filepath.Base(string(m[1]))+"\n"))
	}
	for _, m := range cssFiles.FindAllSubmatch(example, -1) {
		write(string(m[1]), []byte(":root {}\n"))
	}
	for _, m := range offerFiles.FindAllSubmatch(example, -1) {
		offers, err := os.ReadFile(string(m[1])) // the example's own
		if err != nil {
			t.Fatal(err)
		}
		write(string(m[1]), offers)
	}
	for _, m := range pemFiles.FindAllSubmatch(example, -1) {
		write(string(m[1]), pair)
	}
}

// certificate returns a certificate and its key, in one file.
func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"live.example.com"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}
