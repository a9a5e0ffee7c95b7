package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// sound tells what is wrong with the file as a whole.
func (d *csvDecoder) sound(data []byte) bool {
	switch {
	case len(data) > MaxSize:
		d.fail(nil, "", "the file is larger than %d KiB, the most that is read", MaxSize>>10)
	case len(bytes.TrimSpace(data)) == 0:
		d.fail(nil, "", "the file is empty: it needs a row with the names of columns, such as id,title,price,url")
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		at := faultyLine(data)
		d.fail(&yaml.Node{Line: at, Column: 1}, "", `is not text in UTF-8: save the table as "CSV UTF-8"`)
	default:
		return true
	}
	return false
}

// faultyLine is the first line that is not UTF-8.
func faultyLine(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 1
}

// separator is a semicolon where the decimal sign is a comma.
func separator(data []byte) rune {
	header, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	if bytes.Count(header, []byte(";")) > bytes.Count(header, []byte(",")) {
		return ';'
	}
	return ','
}

// next reads a row; it is false at the end and after an error.
func (d *csvDecoder) next() ([]string, bool) {
	cells, err := d.table.Read()
	var wrong *csv.ParseError
	switch {
	case err == nil:
		return cells, true
	case errors.As(err, &wrong):
		d.fail(&yaml.Node{Line: wrong.StartLine, Column: 1}, "",
			"a quotation mark is out of place: a value with one in it needs them around it, and its own doubled")
	case !errors.Is(err, io.EOF):
		d.fail(nil, "", "the file cannot be read as CSV")
	}
	return nil, false
}

// cell is the place of a value in the row that was read last.
func (d *csvDecoder) cell(i int) *yaml.Node {
	line, column := d.table.FieldPos(i)
	before := d.lines[line-1]
	return &yaml.Node{Line: line, Column: utf8.RuneCount(before[:min(column-1, len(before))]) + 1}
}
