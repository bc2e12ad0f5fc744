//go:build !js

package seal

import "log/slog"

// Keys hide from logs. In the browser nothing logs, and a phone is spared the
// loading of log/slog and encoding/json.

func (BoxKey) LogValue() slog.Value     { return slog.StringValue("hidden") }
func (Device) LogValue() slog.Value     { return slog.StringValue("hidden") }
func (KEMPrivate) LogValue() slog.Value { return slog.StringValue("hidden") }
func (Signer) LogValue() slog.Value     { return slog.StringValue("hidden") }
func (BlobKey) LogValue() slog.Value    { return slog.StringValue("hidden") }
func (Secret) LogValue() slog.Value     { return slog.StringValue("hidden") }
