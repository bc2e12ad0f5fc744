// Package web holds the files of the app as they are served.
//
// The sources are in static; scripts/build makes dist from them and from the
// wasm, with content hashes in names and integrity values where a file names
// another. A program built before the app has been built has no app in it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist is the built app, and whether there is one.
func Dist() (fs.FS, bool) {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic("web: " + err.Error()) // the name is a constant
	}
	_, err = fs.Stat(dist, "index.html")
	return dist, err == nil
}
