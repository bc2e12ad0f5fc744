// Package browser is the only place where Go speaks to the browser.
//
// The app runs in a worker. This package gives it the page (screens out, events
// in), a disk in IndexedDB, a key the browser does not give away, a second
// worker for stretching passphrases, WebSockets and locks between tabs.
//
// What holds:
//   - bytes are copied once each way, and nothing of JavaScript is kept by a caller;
//   - what JavaScript throws or rejects becomes an error;
//   - a function handed to JavaScript is released on every path;
//   - no function waits inside a callback, so the page is never held up.
//
// The package does not promise that a disk stays: a browser may clear it when
// the user asks for it, or when space runs out and it was not marked persistent.
//
// The few lines on the other side of it are web/static/worker.js.
package browser
