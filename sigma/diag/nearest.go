package diag

import "strings"

// Nearest gives the name closest to word: the same but for case or separators,
// or at most a third of its letters away. It gives nothing when none is close.
func Nearest(word string, names []string) string {
	best, bound := "", len(word)/3+1
	for _, name := range names {
		if len(word) > maxName || len(name) > maxName {
			continue
		}
		if d := distance(plain(word), plain(name)); d < bound {
			best, bound = name, d
		}
	}
	return best
}

// Suggest gives the hint for a word that none of the names is: the closest of
// them, or else the given one.
func Suggest(word string, names []string, otherwise string) string {
	if near := Nearest(word, names); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// maxName bounds the names that are compared, which takes the product of their
// lengths.
const maxName = 100

var separators = strings.NewReplacer("_", "", "-", "")

func plain(s string) string { return strings.ToLower(separators.Replace(s)) }

// distance is the Levenshtein distance of two short names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
