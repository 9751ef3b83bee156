package sigma

import (
	"strings"
	"testing"
)

// searches has one of each kind of name.
const searches = "a: x\nb: x\nc: x\nselection_1: x\nselection_2: x\nsel-x-3: x\n1st: x\n_base: x\n_base_2: x\n" +
	"not_a: x\nand1: x\norder: x\nof: x\nthem_too: x\nNOTHING: x\n"

func TestConditionsByTheirTree(t *testing.T) {
	tests := []struct{ name, condition, want string }{
		{"one search", "a", "a"},
		{"and binds tighter than or", "a or b and c", "(a or (b and c))"},
		{"and binds tighter than or, from the left", "a and b or c", "((a and b) or c)"},
		{"not binds tighter than and", "not a and b", "((not a) and b)"},
		{"not binds tighter than or", "not a or b", "((not a) or b)"},
		{"a selector binds tighter than not", "not 1 of selection_* and a", "((not [1 of selection_*]) and a)"},
		{"parentheses", "not (a or b) and (b or c)", "((not (a or b)) and (b or c))"},
		{"needless parentheses", "((a)) and (((b)))", "(a and b)"},
		{"parentheses without blanks", "(a)and(b)or not(c)", "((a and b) or (not c))"},
		{"chains stay flat", "a or b or c or a", "(a or b or c or a)"},
		{"double negation is kept", "not not a", "(not (not a))"},
		{"blanks of every kind", "a  and\tb\n or\r\n c ", "((a and b) or c)"},
		{"1 of a pattern", "1 of selection_*", "[1 of selection_*]"},
		{"any of is 1 of", "any of selection_*", "[1 of selection_*]"},
		{"all of a pattern", "all of selection_*", "[all of selection_*]"},
		{"1 of them", "1 of them", "[1 of them]"},
		{"any of them", "any of them", "[1 of them]"},
		{"all of them", "all of them", "[all of them]"},
		{"blanks inside a selector", "1   of\n them", "[1 of them]"},
		{"1 of a search", "1 of a", "[1 of a]"},
		{"all of a search", "all of a and any of b", "([all of a] and [1 of b])"},
		{"star in front", "1 of *_1", "[1 of *_1]"},
		{"star in the middle", "1 of sel*_1", "[1 of sel*_1]"},
		{"star alone", "all of *", "[all of *]"},
		{"digit before the star", "1 of selection_1*", "[1 of selection_1*]"},
		{"hyphen in a pattern", "1 of sel-*-3", "[1 of sel-*-3]"},
		{"pattern that begins with them", "1 of them_*", "[1 of them_*]"},
		{"underscored pattern", "1 of _base*", "[1 of _base*]"},
		{"hyphens and digits in names", "sel-x-3 and 1st", "(sel-x-3 and 1st)"},
		{"names that begin like operators", "not_a and and1 or order", "((not_a and and1) or order)"},
		{"not before such a name", "not not_a", "(not not_a)"},
		{"a search called of", "a and of", "(a and of)"},
		{"all of a search called of", "all of of", "[all of of]"},
		{"a search that is an operator's word in capitals", "NOTHING", "NOTHING"},
		{"underscored search by its name", "a and not _base", "(a and (not _base))"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			quoted := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(tt.condition)
			rule := parseOne(t, source(searches+`condition: "`+quoted+`"`))
			c := rule.Detection.Conditions[0]
			if got := show(c.Expr); got != tt.want {
				t.Errorf("%q is %s, want %s", tt.condition, got, tt.want)
			}
			if c.Text != tt.condition {
				t.Errorf("the text is %q", c.Text)
			}
		})
	}
}

func TestConditionsThatAreListsAreEachRead(t *testing.T) {
	rule := parseOne(t, source("a: x\nb: x\ncondition:\n    - a\n    - a and not b\n    - 1 of them"))
	var got []string
	for _, c := range rule.Detection.Conditions {
		got = append(got, show(c.Expr))
	}
	if want := "a | (a and (not b)) | [1 of them]"; strings.Join(got, " | ") != want {
		t.Errorf("got %v", got)
	}
}

func TestConditionMayStandBeforeItsSearches(t *testing.T) {
	rule := parseOne(t, source("condition: a and b\na: x\nb: x"))
	if got := show(rule.Detection.Conditions[0].Expr); got != "(a and b)" {
		t.Errorf("got %s", got)
	}
}

func TestNamesInConditionsMayBeOfAnyScript(t *testing.T) {
	rule := parseOne(t, source("sélection: x\n規則: x\ncondition: sélection and not 規則"))
	if got := show(rule.Detection.Conditions[0].Expr); got != "(sélection and (not 規則))" {
		t.Errorf("got %s", got)
	}
}

func TestSelect(t *testing.T) {
	rule := parseOne(t, source(searches+"condition: 1 of them and 1 of _*"))
	tests := []struct{ name, pattern, want string }{
		{"them skips underscored searches", "them", "a b c selection_1 selection_2 sel-x-3 1st not_a and1 order of them_too NOTHING"},
		{"so does the star", "*", "a b c selection_1 selection_2 sel-x-3 1st not_a and1 order of them_too NOTHING"},
		{"an underscored pattern finds them alone", "_*", "_base _base_2"},
		{"a pattern that could match them does not", "*base*", ""},
		{"prefix", "selection_*", "selection_1 selection_2"},
		{"suffix", "*_2", "selection_2"},
		{"middle", "sel*2", "selection_2"},
		{"several stars", "s*e*_*1*", "selection_1"},
		{"a star may be empty", "selection_1*", "selection_1"},
		{"names are exact in case", "Selection*", ""},
		{"without a star only the name itself", "selection_1", "selection_1"},
		{"nothing", "x*", ""},
		{"stars next to each other", "selection**1", "selection_1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			for _, s := range rule.Detection.Select(tt.pattern) {
				names = append(names, s.Name)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("Select(%q) = %q, want %q", tt.pattern, got, tt.want)
			}
		})
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"a", "a and b or not c", "1 of selection_* and not 1 of *", "all of them", "(a", "a)", "1 of", "not", "a | count() > 5",
		"a AND b", "any of _base*", "é and\nb", "1 of 1st", strings.Repeat("(", 70) + "a"} {
		f.Add(s)
	}
	names := source(searches + "condition: '")
	f.Fuzz(func(t *testing.T, condition string) {
		text := strings.TrimRight(string(names.Text), "\n") + strings.ReplaceAll(condition, "'", "''") + "'\n"
		src := *names
		src.Text = []byte(text)
		doc, diags := Parse(&src)
		checkSpans(t, &src, doc, diags)
		if (len(doc.Rules) == 1) == diags.HasErrors() {
			t.Fatalf("%d rules and %v", len(doc.Rules), diags.Err())
		}
		if len(doc.Rules) == 0 {
			return
		}
		// What show writes, without its brackets, means the same.
		printed := strings.NewReplacer("[", "(", "]", ")").Replace(show(doc.Rules[0].Detection.Conditions[0].Expr))
		again, diags := Parse(source(searches + "condition: '" + printed + "'"))
		if len(again.Rules) != 1 {
			if strings.Contains(diags.Err().Error(), "nested deeper") {
				return
			}
			t.Fatalf("%q is printed as %q, which has %v", condition, printed, diags.Err())
		}
		if got := show(again.Rules[0].Detection.Conditions[0].Expr); strings.NewReplacer("[", "(", "]", ")").Replace(got) != printed {
			t.Fatalf("%q is printed as %q, which is %q", condition, printed, got)
		}
	})
}
