package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/api"
	"github.com/spf13/cobra"
)

// maxImport is how large a file to import may be, in bytes.
const maxImport = 1 << 20

func (a *app) offerImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Make or change the offers of a YAML or CSV file",
		Long: `Make the offers of a file, or change those that are there already. All of the file is
checked before any of it counts. Of an offer that is there already the stock stays as it is,
since some of it may be sold: see hawker offer stock.

A CSV file has a line of names first: id, title, price, url, and as you like compare_at,
image, cta, stock, duration, countdown, disclosure. A YAML file is as that of
offers_file, without its banners and shows.

  id,title,price,url,stock,duration,disclosure
  honey,Chestnut honey,12.50 EUR,https://shop.example.com/honey,30,5m,own`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			offers, err := readOffers(args[0])
			if err != nil {
				return err
			}
			if err := a.keepStock(cmd, offers); err != nil {
				return err
			}
			for i := range offers {
				if err := a.call(cmd.Context(), http.MethodPut, offerPath(offers[i].ID), offers[i], nil); err != nil {
					return fmt.Errorf("%w (%d of %d offers are saved; import the file again when this is mended)", err, i, len(offers))
				}
			}
			_, err = fmt.Fprintf(a.out, "Imported %s\n", count(len(offers), "offer"))
			return err
		},
	}
}

// keepStock gives offers the stock that they have on the server, and refuses those
// that cannot be changed there.
func (a *app) keepStock(cmd *cobra.Command, offers []overlay.Offer) error {
	var there api.Offers
	if err := a.call(cmd.Context(), http.MethodGet, "/offers", nil, &there); err != nil {
		return err
	}
	for _, o := range there.Offers {
		for i := range offers {
			if offers[i].ID != o.ID {
				continue
			}
			if o.Source == overlay.FromFile {
				return fmt.Errorf("offer %s stands in the file of offers: change it there; nothing was imported", o.ID)
			}
			offers[i].Stock = o.Stock
		}
	}
	return nil
}

// readOffers reads and checks a file of offers.
func readOffers(name string) ([]overlay.Offer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxImport {
		return nil, fmt.Errorf("%s is larger than %d KiB: split it", name, maxImport>>10)
	}
	decode := config.DecodeOffers
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		decode = config.DecodeOffersCSV
	}
	file, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	if len(file.Banners)+len(file.Shows) > 0 {
		return nil, fmt.Errorf("%s has banners or shows, which cannot be imported: take them out, or name the file in the configuration's offers_file", name)
	}
	all, err := offersFile(&config.Config{Offers: file, OffersFile: name})
	return all.Offers, err
}
