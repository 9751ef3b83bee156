package compiler

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRowsCoverEveryFieldOfTarget(t *testing.T) {
	var check func(name string, target *Target, v reflect.Value)
	check = func(name string, target *Target, v reflect.Value) {
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				check(name+"."+v.Type().Field(i).Name, target, v.Field(i))
			}
			return
		}
		if v.Kind() != reflect.Int {
			t.Errorf("%s is a %s, which this test cannot change", name, v.Kind())
			return
		}
		before, old := fmt.Sprint(target.Rows()), v.Int()
		v.SetInt(7777)
		if fmt.Sprint(target.Rows()) == before {
			t.Errorf("no row shows %s", name)
		}
		v.SetInt(old)
	}
	target := plainTarget()
	v := reflect.ValueOf(target).Elem()
	for i := range v.NumField() {
		switch name := v.Type().Field(i).Name; name {
		case "Name", "Title", "Layouts", "LeafSupport", "Clauses", "Groups": // the table's head; a command of its own has the layouts; limits have no rows
		default:
			check(name, target, v.Field(i))
		}
	}
}

func TestRowsOfADecidedTargetAreInWords(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range plainTarget().Rows() {
		if row.Name == "" || row.Meaning == "" || row.Value == "" || strings.Contains(row.Value, "undecided") {
			t.Errorf("row %+v", row)
		}
		if seen[row.Name] {
			t.Errorf("two rows are called %s", row.Name)
		}
		seen[row.Name] = true
	}
	for _, row := range (&Target{}).Rows() {
		if row.Value != "no limit" && row.Value != "undecided(0)" {
			t.Errorf("an undecided row reads %+v", row)
		}
	}
}

func TestEveryValueOfAnEnumHasAWordOfItsOwn(t *testing.T) {
	last := map[string]fmt.Stringer{ // the last value of each enum
		"Support": Superset, "Correlating": InTwoStages, "RegexpSyntax": Lucene, "Families": IPv4AndIPv6,
		"Numerals": BySpelling, "Presence": EmptyIsAbsent, "JSONReading": AsMapped, "TimeFilter": TimePredicate, "Sources": AllSources, "Attribution": ByEvaluator,
	}
	target := reflect.TypeFor[Target]()
	for i := range target.NumField() {
		f := target.Field(i)
		if f.Type.Kind() == reflect.Int && last[f.Type.Name()] == nil {
			t.Errorf("this test knows nothing of %s", f.Type)
		}
	}
	for name, v := range last {
		words := map[string]bool{}
		enum := reflect.New(reflect.TypeOf(v)).Elem()
		n := reflect.ValueOf(v).Int()
		for i := int64(1); i <= n; i++ {
			enum.SetInt(i)
			words[fmt.Sprint(enum.Interface())] = true
		}
		enum.SetInt(n + 1)
		if beyond := fmt.Sprint(enum.Interface()); int64(len(words)) != n || !strings.HasPrefix(beyond, "undecided") {
			t.Errorf("%s: the words of %d values are %v, the next is %q", name, n, words, beyond)
		}
	}
}
