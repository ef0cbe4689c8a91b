package main

import (
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

// staticPage serves a folder of finished files: no listings, no hidden files, nothing outside of
// the folder, and the brotli form of a file where there is one and the browser takes it.
type staticPage struct{ root *os.Root }

func newStaticPage(folder string) (*staticPage, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the page from %s: there is no such folder; build it first, or name another with --static", folder)
	}
	return &staticPage{root}, nil
}

// contentSecurityPolicy lets the page run its own scripts and its own wasm only; with ?endpoint=
// it may talk to another server.
const contentSecurityPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; " +
	"connect-src 'self' http: https: ws: wss:; object-src 'none'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

// contentTypes are those that systems know too little about.
var contentTypes = map[string]string{
	".wasm":        "application/wasm",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".svg":         "image/svg+xml",
	".webmanifest": "application/manifest+json",
}

func (p *staticPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this path serves files; send GET", http.StatusMethodNotAllowed)
		return
	}
	name, ok := fileName(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if info, err := p.root.Stat(name); err == nil && info.IsDir() {
		if !strings.HasSuffix(r.URL.Path, "/") {
			http.Redirect(w, r, path.Base(r.URL.Path)+"/", http.StatusMovedPermanently)
			return
		}
		name = path.Join(name, "index.html")
	}
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	header.Add("Vary", "Accept-Encoding")
	if acceptsBrotli(r) {
		if file, modified, err := p.open(name + ".br"); err == nil {
			defer file.Close()
			header.Set("Content-Encoding", "br")
			header.Set("Content-Type", contentType(name))
			http.ServeContent(w, r, "", modified, file)
			return
		}
	}
	file, modified, err := p.open(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	header.Set("Content-Type", contentType(name))
	http.ServeContent(w, r, "", modified, file)
}

// fileName is the path within the folder; ok is false for hidden files.
func fileName(urlPath string) (name string, ok bool) {
	name = strings.TrimPrefix(path.Clean("/"+urlPath), "/")
	if name == "" {
		return ".", true
	}
	for _, part := range strings.Split(name, "/") {
		if strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return name, true
}

func (p *staticPage) open(name string) (io.ReadSeekCloser, time.Time, error) {
	file, err := p.root.Open(name)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, time.Time{}, err
	}
	return file, info.ModTime(), nil
}

func contentType(name string) string {
	extension := path.Ext(name)
	if known, ok := contentTypes[extension]; ok {
		return known
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return "application/octet-stream"
}

func acceptsBrotli(r *http.Request) bool {
	for _, one := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(one, ";")
		if strings.TrimSpace(name) == "br" {
			return strings.TrimLeft(strings.TrimSpace(quality), "q=0.") != "" || quality == ""
		}
	}
	return false
}
