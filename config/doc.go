// Package config is Hawker's configuration file: its YAML shape, defaults,
// strict checks that report every error at once with its place, a watcher for
// the files it depends on, and edits that leave a person's file as it was
// apart from the edited lines.
//
// It knows nothing of relaying or selling: cmd/hawker hands in what it must
// know of platforms (Options) and turns a Config into what the other rooms
// take. Only config/secret, which any room may import, is shared.
//
// It also reads the file of offers, banners and shows that the configuration
// may name (DecodeOffers, DecodeOffersCSV). What it checks there is the shape:
// whether an offer may start, and how many digits a currency has, is for those
// who sell.
//
// So it is with what goes onto pages, into chats and recordings: limits are those
// of the packages that take them.
//
// Relative paths in the file start at the folder the file is in. ${NAME}
// stands for an environment variable in key fields and in the URL of a
// database, and only there, so that no other setting depends on which shell a
// program was started from; within {...} YAML wants it in quotes. No error
// repeats the value of a key, a URL or a file name: each of them may be a key
// typed into the wrong field.
package config
