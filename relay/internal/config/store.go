package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// DefaultStore is the file of an operator who names none.
const DefaultStore = "vialog.sqlite"

// maxStoreFile bounds a file that holds the address of a store.
const maxStoreFile = 4 << 10

// ErrPassword reports a password where every user of the machine can read it.
var ErrPassword = errors.New("a password on the command line can be read by everybody on this machine: put the whole address into a file and name it with -store-file, or into VIALOG_STORE, or the password alone into PGPASSFILE")

func (c *Config) storeFlags(f *flag.FlagSet) {
	f.StringVar(&c.Store, "store", DefaultStore, "the `FILE` that holds everything, or the address of a PostgreSQL database: postgres://USER@HOST/DATABASE")
	f.StringVar(&c.StoreFile, "store-file", "", "a `FILE` with the address of the database, which may have a password in it")
}

// resolveStore reads the address of the store from its file. typed says that
// -store was on the command line.
func (c *Config) resolveStore(typed bool) error {
	if typed && c.InDatabase() && hasPassword(c.Store) {
		return ErrPassword
	}
	if c.StoreFile == "" {
		return nil
	}
	if c.Store != DefaultStore {
		return errors.New("-store and -store-file both say where the store is: give one")
	}
	f, err := os.Open(c.StoreFile)
	if err != nil {
		return fmt.Errorf("-store-file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxStoreFile+1))
	if err != nil {
		return fmt.Errorf("-store-file: %w", err)
	}
	c.Store = strings.TrimSpace(string(b))
	if len(b) > maxStoreFile || !c.InDatabase() || strings.ContainsAny(c.Store, "\r\n") {
		return fmt.Errorf("-store-file: %s does not hold the address of a database, postgres://USER:PASSWORD@HOST/DATABASE in one line", c.StoreFile)
	}
	return nil
}

// InDatabase reports whether the store is in PostgreSQL, and not a file.
func (c *Config) InDatabase() bool {
	return strings.HasPrefix(c.Store, "postgres://") || strings.HasPrefix(c.Store, "postgresql://")
}

// StoreArgs is how the store is named in another terminal, with a space before.
func (c *Config) StoreArgs() string {
	switch {
	case c.StoreFile != "":
		return " -store-file " + c.StoreFile
	case c.Store == DefaultStore:
		return ""
	case c.InDatabase() && hasPassword(c.Store):
		return "" // in the environment, where it belongs
	case c.InDatabase():
		return " -store '" + c.Store + "'" // a shell would take ? and & for its own
	}
	return " -store " + c.Store
}

// hasPassword reports whether a password is written in an address. One that
// cannot be read is taken to have one.
func hasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}

// besideStore names a file that belongs to the store: beside it, or in the
// folder where the command runs if it is in a database.
func (c *Config) besideStore(suffix string) string {
	if c.InDatabase() {
		return "vialog" + suffix
	}
	return c.Store + suffix
}
