package sigma

import "strings"

// Piece is a part of a value under expand: text as the rule writes it, or a
// placeholder.
type Piece struct {
	Text string
	Name string // of the placeholder; empty for text
}

// SplitPlaceholders cuts a value, or a regular expression, at its placeholders.
// \% is a percent sign; a percent sign that begins no %name% stands for itself
// (Sigma specification 2.1, "Placeholders").
func SplitPlaceholders(text string) []Piece {
	var pieces []Piece
	var plain strings.Builder
	for i := 0; i < len(text); {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '%':
			plain.WriteByte('%')
			i += 2
			continue
		case text[i] == '\\' && i+1 < len(text): // an escape, of a backslash as well
			plain.WriteString(text[i : i+2])
			i += 2
			continue
		case text[i] == '%':
			if name, _, ok := strings.Cut(text[i+1:], "%"); ok && IsPlaceholder(name) {
				if plain.Len() > 0 {
					pieces = append(pieces, Piece{Text: plain.String()})
					plain.Reset()
				}
				pieces = append(pieces, Piece{Name: name})
				i += len(name) + 2
				continue
			}
		}
		plain.WriteByte(text[i])
		i++
	}
	if plain.Len() > 0 {
		pieces = append(pieces, Piece{Text: plain.String()})
	}
	return pieces
}

// Placeholders gives the names of a value's placeholders, as often as they
// stand in it.
func Placeholders(text string) []string {
	var names []string
	for _, p := range SplitPlaceholders(text) {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// IsPlaceholder reports whether a name can stand between percent signs: letters,
// digits, hyphens, underscores and dots.
func IsPlaceholder(name string) bool {
	for _, c := range name {
		if c != '_' && c != '-' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return name != ""
}

// EscapedPlaceholder gives the first \%name% of a value: text by the
// specification, though a path's backslash before a placeholder looks the same.
func EscapedPlaceholder(text string) string {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if text[i+1] == '%' {
			if name, _, ok := strings.Cut(text[i+2:], "%"); ok && IsPlaceholder(name) {
				return name
			}
		}
		i++
	}
	return ""
}
