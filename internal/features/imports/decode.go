package imports

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A reading is what a file says.
type reading struct {
	text string // as it is read; "" where it cannot be
	// older is set where the file is no Unicode text, and may be one in the code that
	// spreadsheets on Windows used before. Then text is what it says in that code, which
	// only people can judge by its names.
	older  bool
	refuse string // the kind of the problem that it has as a whole; "" for none
}

// decode reads a file in whatever code a spreadsheet has saved it. Lines end with \n
// afterwards, also those in a cell: browsers send other line ends than they got.
func decode(file string) (found reading) {
	text, wide := fromUTF16(file)
	switch {
	case len(file) > maxBytes:
		return reading{refuse: "size"}
	case strings.HasPrefix(file, "PK\x03\x04"), strings.HasPrefix(file, "\xD0\xCF\x11\xE0"):
		return reading{refuse: "workbook"}
	case wide:
	case utf8.ValidString(file):
		text = file
	default:
		text, found.older = fromWindows1252(file), true
	}
	if strings.ContainsRune(text, 0) || (wide || found.older) && strings.ContainsRune(text, utf8.RuneError) {
		return reading{refuse: "encoding"}
	}
	text = strings.TrimLeft(text, "\uFEFF\u200B") // one mark for each program that has saved the file
	found.text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return found
}

// fromUTF16 reads a file in UTF-16. It begins with a mark, or with two letters of ASCII, of
// each of which one byte is zero.
func fromUTF16(file string) (text string, is bool) {
	var order binary.ByteOrder
	switch {
	case strings.HasPrefix(file, "\xFF\xFE"):
		order = binary.LittleEndian
	case strings.HasPrefix(file, "\xFE\xFF"):
		order = binary.BigEndian
	case len(file) > 3 && file[0] != 0 && file[1] == 0 && file[2] != 0 && file[3] == 0:
		order = binary.LittleEndian
	case len(file) > 3 && file[0] == 0 && file[1] != 0 && file[2] == 0 && file[3] != 0:
		order = binary.BigEndian
	default:
		return "", false
	}
	units := make([]uint16, len(file)/2)
	for i := range units {
		units[i] = order.Uint16([]byte(file[2*i : 2*i+2]))
	}
	text = string(utf16.Decode(units))
	if len(file)%2 != 0 {
		text += string(utf8.RuneError) // half a character
	}
	return text, true
}

// fromWindows1252 reads a file in the code of Windows in Western Europe and America. What
// that code does not have becomes U+FFFD.
func fromWindows1252(file string) string {
	text, err := charmap.Windows1252.NewDecoder().String(file)
	if err != nil {
		return string(utf8.RuneError)
	}
	return text
}
