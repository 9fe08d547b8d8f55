package table

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

const (
	gutter   = 2  // blanks between columns
	minName  = 4  // least width left for a name of a row
	maxName  = 28 // widest name of a row that is cut
	minFlex  = 16 // least width left for a text that can be broken
	verdicts = "verdict"
)

// sheet writes a sheet as one or more tables. A sheet without rows is left
// out.
func (p *page) sheet(s render.Sheet) {
	if len(s.Rows) == 0 {
		return
	}
	s = p.cleaned(s)
	p.lines(s.Title)
	p.blank()
	for _, columns := range p.split(s) {
		p.block(s, columns)
		p.blank()
	}
}

// cleaned makes the words of a sheet safe, and the names of its rows no wider
// than leaves room for the widest of the other columns: they are cut, or
// broken over lines where the column is a flexible one.
func (p *page) cleaned(s render.Sheet) render.Sheet {
	rows := make([][]string, len(s.Rows))
	for i, row := range s.Rows {
		rows[i] = make([]string, len(s.Columns))
		for k := range min(len(row), len(s.Columns)) {
			rows[i][k] = render.Clean(row[k])
		}
	}
	s.Rows = rows
	keys := 0
	for _, c := range s.Columns {
		if c.Key {
			keys++
		}
	}
	mark := "…"
	if p.options.ASCII {
		mark = "~"
	}
	room := p.options.Width - widestGroup(s)
	limit := max(minName, min(maxName, room/max(keys, 1)-gutter))
	for k, c := range s.Columns {
		if c.Key && !c.Flex {
			for _, row := range s.Rows {
				row[k] = shorten(row[k], limit, mark)
			}
			room -= natural(s, k) + gutter
		}
	}
	limit = max(minName, room-gutter)
	for k, c := range s.Columns {
		if c.Key && c.Flex {
			for _, row := range s.Rows {
				row[k] = strings.Join(wrap(row[k], limit, limit), "\n")
			}
		}
	}
	return s
}

// widestGroup is the most that columns which stay together need, of those that
// do not name the rows.
func widestGroup(s render.Sheet) int {
	widest := minFlex
	for i := 0; i < len(s.Columns); {
		if s.Columns[i].Key {
			i++
			continue
		}
		last, need := group(s, i)
		widest, i = max(widest, need), last+1
	}
	return widest
}

// group is the column that first begins and those glued to it: the last of
// them, and the least width of all.
func group(s render.Sheet, first int) (last, need int) {
	last, need = first, least(s, first)
	for last+1 < len(s.Columns) && s.Columns[last+1].Glued {
		last++
		need += gutter + least(s, last)
	}
	return last, need
}

// natural is the width of a column that nothing breaks any further.
func natural(s render.Sheet, column int) int {
	w := width(s.Columns[column].Name)
	for _, row := range s.Rows {
		for line := range strings.SplitSeq(row[column], "\n") {
			w = max(w, width(line))
		}
	}
	return w
}

// split distributes the columns over blocks that fit the width, each with
// the columns that name its rows. Glued columns stay together.
func (p *page) split(s render.Sheet) [][]int {
	var keys, block []int
	used := 0
	for i, c := range s.Columns {
		if c.Key {
			keys = append(keys, i)
			used += natural(s, i) + gutter
		}
	}
	keyWidth := used
	var blocks [][]int
	block = append(block, keys...)
	for i := 0; i < len(s.Columns); {
		if s.Columns[i].Key {
			i++
			continue
		}
		last, need := group(s, i)
		if used+need > p.options.Width && len(block) > len(keys) {
			blocks = append(blocks, block)
			block, used = append([]int(nil), keys...), keyWidth
		}
		for ; i <= last; i++ {
			block = append(block, i)
		}
		used += need + gutter
	}
	return append(blocks, block)
}

// least is the width a column needs at least.
func least(s render.Sheet, column int) int {
	w := natural(s, column)
	if c := s.Columns[column]; c.Flex && !c.Key {
		return min(w, minFlex)
	}
	return w
}

// block writes the given columns of a sheet as one table.
func (p *page) block(s render.Sheet, columns []int) {
	spare := p.options.Width + gutter
	for _, i := range columns {
		spare -= least(s, i) + gutter
	}
	header := make([]string, len(columns))
	rows := make([][]string, len(s.Rows))
	for r := range rows {
		rows[r] = make([]string, len(columns))
	}
	for k, i := range columns {
		header[k] = s.Columns[i].Name
		limit := least(s, i)
		if c := s.Columns[i]; c.Flex && !c.Key {
			limit += max(spare, 0) // there is one such column in a block
		}
		for r, row := range s.Rows {
			switch {
			case s.Columns[i].Flex && !s.Columns[i].Key:
				rows[r][k] = strings.Join(wrap(row[i], limit, limit), "\n")
			case s.Columns[i].Name == verdicts:
				rows[r][k] = p.paint(row[i], report.Verdict(row[i]))
			default:
				rows[r][k] = row[i]
			}
		}
	}
	text, err := p.lay(s, columns, header, rows)
	if err != nil && p.err == nil {
		p.err = err
	}
	for line := range strings.Lines(text) {
		p.out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// lay lets tablewriter set one table.
func (p *page) lay(s render.Sheet, columns []int, header []string, rows [][]string) (string, error) {
	aligns := make([]tw.Align, len(columns))
	pads := make([]tw.Padding, len(columns))
	for k, i := range columns {
		aligns[k] = tw.AlignLeft
		if s.Columns[i].Right {
			aligns[k] = tw.AlignRight
		}
		pads[k] = tw.Padding{Right: strings.Repeat(" ", gutter), Overwrite: true}
	}
	pads[len(pads)-1] = tw.PaddingNone
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: aligns},
		Padding:    tw.CellPadding{PerColumn: pads},
	}
	style, line := tw.StyleLight, tw.On
	if p.options.ASCII {
		style = tw.StyleASCII
	}
	if p.options.Plain {
		line = tw.Off
	}
	var out bytes.Buffer
	table := tablewriter.NewTable(&out,
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell}),
		tablewriter.WithTrimSpace(tw.Off), tablewriter.WithTrimLine(tw.Off),
		tablewriter.WithEastAsian(tw.Off), // see width
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone, Symbols: tw.NewSymbols(style),
			Settings: tw.Settings{
				Separators: tw.SeparatorsNone,
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: line, ShowFooterLine: tw.Off},
			},
		})),
	)
	table.Header(header)
	if err := table.Bulk(rows); err != nil {
		return "", fmt.Errorf("table: %s: %w", s.Title, err)
	}
	if err := table.Render(); err != nil {
		return "", fmt.Errorf("table: %s: %w", s.Title, err)
	}
	return out.String(), nil
}
