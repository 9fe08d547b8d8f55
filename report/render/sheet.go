package render

// Sheet is one table of words.
type Sheet struct {
	Title   string
	Columns []Column
	Rows    [][]string // one cell for each column
}

// Column is one column of a [Sheet].
type Column struct {
	Name  string
	Right bool // numbers are set to the right
	Key   bool // names the row: repeated where the sheet is split
	Glued bool // belongs to the column before it: never split from it
	Flex  bool // text that may be broken over lines; at most one key and one other column
}

// key, text, number and glued are the kinds of column there are.
func key(name string) Column    { return Column{Name: name, Key: true} }
func text(name string) Column   { return Column{Name: name} }
func flex(name string) Column   { return Column{Name: name, Flex: true} }
func number(name string) Column { return Column{Name: name, Right: true} }
func glued(name string) Column  { return Column{Name: name, Right: true, Glued: true} }
