// Package html renders a report as one page that needs nothing else: no
// network, no font, no script of others. It can be mailed, printed and read
// years later.
//
//	err := html.Write(w, result, series)
//
// What the page shows comes from report.Result and timeline.Timeline alone, so
// a stored run makes the same page as a fresh one. What a result lacks, because
// it has none or was stored by an older program, is left out; without a
// timeline there are no charts and no requests.
//
// The charts are SVG in steps of one bucket each, stretched to the width of the
// page; their words are HTML beside them, so that they keep their size. Colours
// are custom properties of the style sheet, which is how one drawing serves a
// light screen, a dark one and paper. Marks never differ in colour alone.
//
// Names are as users wrote them. They are escaped by html/template, isolated
// from the direction of the text around them, and stripped of what controls a
// display; see [Clean].
//
// Equal input gives equal bytes. Everything here only reads its input and is
// safe for concurrent use.
package html
