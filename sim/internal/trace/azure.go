package trace

import (
	"io"
	"strings"
	"time"
)

const azureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens"

// readAzure reads an Azure LLM inference trace: a fixed header, instants to
// 100 ns without a zone, CRLF or LF.
func readAzure(r io.Reader) ([]Row, error) {
	var rows []Row
	lines := scanner(r)
	line := 0
	for lines.Scan() {
		line++
		text := strings.TrimRight(lines.Text(), "\r")
		if line == 1 {
			if strings.TrimPrefix(text, "\ufeff") != azureHeader {
				return nil, fail(1, "the header of this format is %s, found %.80q", azureHeader, text)
			}
			continue
		}
		if text == "" {
			continue
		}
		if len(rows) == maxRows {
			return nil, fail(line, "more than %d rows", maxRows)
		}
		parsed, err := azureRow(line, text)
		if err != nil {
			return nil, err
		}
		rows = append(rows, parsed)
	}
	if err := lines.Err(); err != nil {
		return nil, scanError(line, err)
	}
	return rows, nil
}

func azureRow(line int, text string) (Row, error) {
	stamp, rest, _ := strings.Cut(text, ",")
	prompt, output, found := strings.Cut(rest, ",")
	if !found || strings.Contains(output, ",") {
		return Row{}, fail(line, "expected three columns, found %.80q", text)
	}
	t, err := time.Parse("2006-01-02 15:04:05", stamp) // accepts a fraction
	if err != nil {
		return Row{}, fail(line, "TIMESTAMP: %.40q is not like 2023-11-16 18:15:46.6805900", stamp)
	}
	out := Row{}
	if out.At, err = stampOf(line, t); err != nil {
		return Row{}, err
	}
	if out.PromptTokens, err = tokens(line, "ContextTokens", prompt); err != nil {
		return Row{}, err
	}
	if out.OutputTokens, err = tokens(line, "GeneratedTokens", output); err != nil {
		return Row{}, err
	}
	return out, nil
}
