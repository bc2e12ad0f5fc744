//go:build !js

package keyring

import "log/slog"

// Keys hide from logs. In the browser nothing logs, and a phone is spared the
// loading of log/slog and encoding/json.

func (*memberKeys) LogValue() slog.Value { return slog.StringValue("hidden") }
