package config

import (
	"net"
	"net/url"
	"strings"

	"vialog/shared/wire"
)

// checkACME looks at what fetches certificates, and at what sends on to TLS.
func (c *Config) checkACME() error {
	for _, d := range c.ACMEDomains {
		if wire.CheckOrigin("https://"+d) != nil || !strings.Contains(d, ".") || strings.Contains(d, ":") || net.ParseIP(d) != nil {
			return bad("acme-domain", "%q: give it as diary.example.org, in lower case", d)
		}
	}
	if len(c.ACMEDomains) > 0 {
		u, err := url.Parse(c.ACMEDirectory)
		switch {
		case c.TLSCert != "":
			return bad("acme-domain", "certificates come from -tls-cert already: give one of the two")
		case err != nil || u.Scheme != "https" || u.Host == "":
			return bad("acme-directory", "%q is no address that begins with https://", c.ACMEDirectory)
		case c.ACMECache == "":
			return bad("acme-cache", "certificates have to be kept: authorities give out few")
		}
	}
	if c.HTTPListen != "" {
		if !c.TLS() {
			return bad("http-listen", "sends on to HTTPS, which this relay does not speak: give -acme-domain or -tls-cert, or leave it to the proxy")
		}
		if _, _, err := net.SplitHostPort(c.HTTPListen); err != nil {
			return bad("http-listen", "%q: give it as :80 or 127.0.0.1:80", c.HTTPListen)
		}
		if len(c.Origins) > 0 && !strings.HasPrefix(c.Origins[0], "https://") {
			return bad("http-listen", "sends on to the first -origin, which has to begin with https://")
		}
	}
	return nil
}
