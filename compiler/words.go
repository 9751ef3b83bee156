package compiler

import (
	"fmt"
	"strings"
)

var opWords = map[Op]string{Less: "<", LessEqual: "<=", Greater: ">", GreaterEqual: ">=", Equal: "="}

var partWords = map[Part]string{Minute: "minute", Hour: "hour", Day: "day", Week: "week", Month: "month", Year: "year"}

var relationWords = map[Relation]string{Same: "equals", HasPrefix: "starts with", HasSuffix: "ends with", Holds: "contains"}

// Describe says in one line what a predicate asks, without its parts.
func Describe(p Pred) string {
	switch p := p.(type) {
	case All:
		return "all of"
	case Any:
		return "any of"
	case Not:
		return "not"
	case Const:
		return fmt.Sprintf("always %t", p.Value)
	case Text:
		return fmt.Sprintf("%s is like %q%s", p.Field.Name(), p.Pattern, cased(p.Fold))
	case In:
		values := make([]string, len(p.Values))
		for i, v := range p.Values {
			values[i] = fmt.Sprintf("%q", v)
		}
		return fmt.Sprintf("%s is %s%s", p.Field.Name(), strings.Join(values, " or "), cased(p.Fold))
	case Regexp:
		return fmt.Sprintf("%s matches /%s/", p.Field.Name(), p.Source())
	case CIDR:
		return fmt.Sprintf("%s is in %s", p.Field.Name(), p.Prefix)
	case Num:
		return fmt.Sprintf("%s %s %s", p.Field.Name(), opWords[p.Op], p.Bound)
	case TimePart:
		return fmt.Sprintf("the %s of %s %s %d", partWords[p.Part], p.Field.Name(), opWords[p.Op], p.Bound)
	case FieldEq:
		return fmt.Sprintf("%s %s %s%s", p.Field.Name(), relationWords[p.Relation], p.Other.Name(), cased(p.Fold))
	case Null:
		return p.Field.Name() + " is null or missing"
	case Exists:
		return p.Field.Name() + " exists"
	case Keyword:
		if p.Regexp != nil {
			return fmt.Sprintf("the event matches /%s/", p.Regexp.Source())
		}
		return fmt.Sprintf("the event holds %q%s", p.Pattern, cased(p.Fold))
	default:
		panic(fmt.Sprintf("compiler: unknown predicate %T", p))
	}
}

func cased(fold bool) string {
	if fold {
		return ""
	}
	return ", case counting"
}
