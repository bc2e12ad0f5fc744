//go:build !js

package vault

import "log/slog"

// A vault hides from logs. In the browser nothing logs, and a phone is spared the
// loading of log/slog and encoding/json.

func (*Vault) LogValue() slog.Value { return slog.StringValue("hidden") }
