package hub

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Answers reports why the log cannot be read.
func Answers(ctx context.Context, l Log) error {
	if _, err := l.Lookup(ctx, wire.Channel{}); err != nil && !errors.Is(err, store.ErrNoChannel) {
		return err
	}
	return nil
}

// Health answers 200 while the log can be read.
func Health(l Log) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if Answers(ctx, l) != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok\n")
	})
}
