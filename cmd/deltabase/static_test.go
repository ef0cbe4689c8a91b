package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStaticPage(t *testing.T) {
	folder := write(t, map[string]string{
		"index.html":           "<p>page",
		"app.js":               "app()",
		"deltabase.wasm":       "\x00asm",
		"deltabase.wasm.br":    "brotli",
		"docs/index.html":      "<p>docs",
		"docs/deep/a.css":      "p{}",
		"empty/note.txt":       "note",
		".secret":              "secret",
		"manifest.webmanifest": "{}",
	})
	outside := filepath.Join(filepath.Dir(folder), "outside.txt")
	if err := os.WriteFile(outside, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link.txt")); err != nil {
		t.Fatal(err)
	}
	page, err := newStaticPage(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		method, path, accept string
		status               int
		kind, body           string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8", "<p>page"},
		{"GET", "/index.html?x=1", "", 200, "text/html; charset=utf-8", "<p>page"},
		{"GET", "/app.js", "gzip, br", 200, "text/javascript; charset=utf-8", "app()"},
		{"GET", "/deltabase.wasm", "gzip", 200, "application/wasm", "\x00asm"},
		{"GET", "/deltabase.wasm", "gzip, br;q=0", 200, "application/wasm", "\x00asm"},
		{"GET", "/deltabase.wasm", "gzip, deflate, br", 200, "application/wasm", "brotli"},
		{"GET", "/manifest.webmanifest", "", 200, "application/manifest+json", "{}"},
		{"GET", "/docs/", "", 200, "text/html; charset=utf-8", "<p>docs"},
		{"GET", "/docs", "", 301, "", ""},
		{"GET", "/docs/deep/a.css", "", 200, "text/css; charset=utf-8", "p{}"},
		{"HEAD", "/app.js", "", 200, "text/javascript; charset=utf-8", ""},
		{"GET", "/empty/", "", 404, "", "404"},
		{"GET", "/none.js", "", 404, "", "404"},
		{"GET", "/.secret", "", 404, "", "404"},
		{"GET", "/docs/../../outside.txt", "", 404, "", "404"},
		{"GET", "/link.txt", "", 404, "", "404"},
		{"POST", "/", "", 405, "", "send GET"},
	} {
		r := httptest.NewRequest(one.method, one.path, nil)
		if one.accept != "" {
			r.Header.Set("Accept-Encoding", one.accept)
		}
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		name := one.method + " " + one.path + " (" + one.accept + ")"
		if w.Code != one.status || !strings.Contains(w.Body.String(), one.body) {
			t.Errorf("%s: %d %q, want %d %q", name, w.Code, w.Body.String(), one.status, one.body)
		}
		if w.Code != http.StatusOK {
			continue
		}
		if got := w.Header().Get("Content-Type"); got != one.kind {
			t.Errorf("%s: type %q, want %q", name, got, one.kind)
		}
		if want := map[bool]string{true: "br"}[one.body == "brotli"]; w.Header().Get("Content-Encoding") != want {
			t.Errorf("%s: encoding %q, want %q", name, w.Header().Get("Content-Encoding"), want)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self' 'wasm-unsafe-eval'") {
			t.Errorf("%s: policy %q", name, csp)
		}
	}
}
