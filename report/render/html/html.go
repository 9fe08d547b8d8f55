package html

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/timeline"
)

//go:embed page.tmpl style.css script.js
var files embed.FS

// page is the parsed template. Its text is ours; everything else goes through
// the escaping of html/template.
var page = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"name": name, "clean": Clean,
}).ParseFS(files, "page.tmpl"))

// embedded returns a file of the package, which is there or it would not have
// been built.
func embedded(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// Write renders a result and what can be drawn of it, which may be nil. It
// returns the error of the writer, if any.
func Write(w io.Writer, r *report.Result, t *timeline.Timeline) error {
	var b bytes.Buffer
	if err := page.Execute(&b, newView(r, t)); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	return nil
}
