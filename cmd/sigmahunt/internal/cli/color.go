package cli

import (
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// sgr wraps text in a terminal's select-graphic-rendition code.
func sgr(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }

var diagStyle = diag.Style{
	Severity: func(s diag.Severity, text string) string {
		switch s {
		case diag.Error:
			return sgr("1;31", text)
		case diag.Warning:
			return sgr("1;33", text)
		case diag.Note:
			return sgr("36", text)
		default:
			return text
		}
	},
	Dim: func(text string) string { return sgr("2", text) },
}

// levelColor gives a level in its colour.
func levelColor(level string) string {
	switch strings.TrimSpace(level) {
	case "critical":
		return sgr("1;35", level)
	case "high":
		return sgr("1;31", level)
	case "medium":
		return sgr("33", level)
	case "low":
		return sgr("36", level)
	default:
		return sgr("2", level)
	}
}
