package render

// Page is a text of tables: what stands above them, the tables, and what stands
// below. A sheet without rows is left out.
type Page struct {
	Heading []string
	Sheets  []Sheet
	Footer  []string
}
