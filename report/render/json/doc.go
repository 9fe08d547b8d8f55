// Package json renders a report as result.json: the fields of report.Result,
// indented by two blanks, with a newline at the end. Equal results give equal
// bytes; figures that could not be measured are left out.
package json
