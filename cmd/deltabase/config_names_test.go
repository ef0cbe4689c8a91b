package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesInTheConfiguration(t *testing.T) {
	for settings, want := range map[string]string{
		`"origins": ["*"]`: "",
		`"origins": ["https://app.example", "http://localhost:3000"], "hosts": ["api.example"], "drainSeconds": 5`: "",
		`"origins": ["*", "https://app.example"]`:                         `"*", which is all origins, beside others`,
		`"origins": ["https://app.example/"]`:                             "no browser sends",
		`"origins": ["app.example"]`:                                      "no browser sends",
		`"origins": ["https://*.example"]`:                                "no browser sends",
		`"trustedProxies": ["10.0.0.0/8", "192.0.2.1", "::1"]`:            "",
		`"trustedProxies": ["proxy.example"]`:                             "no address",
		`"rateLimit": false`:                                              "",
		`"hosts": ["https://api.example"]`:                                "without scheme",
		`"drainSeconds": -1`:                                              "drainSeconds",
		`"auth": {"oidc": {"issuer": "https://a.x", "plainOwners": "x"}}`: "must be true or false",
	} {
		file := filepath.Join(t.TempDir(), "deltabase.json")
		if err := os.WriteFile(file, []byte(`{"schema": "s.graphql", "apiKeys": ["k"], `+settings+"}"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(file)
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", settings, err, want)
		}
	}
}
