package compiler

// Simplify flattens nested All and Any, removes double negation and decides
// what constants decide. The result means the same on every event.
func Simplify(p Pred) Pred {
	switch p := p.(type) {
	case All:
		return simplifyList(p.Node, p.Of, true)
	case Any:
		return simplifyList(p.Node, p.Of, false)
	case Not:
		switch inner := Simplify(p.Of).(type) {
		case Const:
			return Const{p.Node, !inner.Value}
		case Not:
			return inner.Of
		default:
			return Not{p.Node, inner}
		}
	case In:
		if len(p.Values) == 0 {
			return Const{p.Node, false}
		}
		return p
	default:
		return p
	}
}

// simplifyList handles All (all is true) and Any: true is neutral in All and
// decides Any, false the other way round.
func simplifyList(node Node, list []Pred, all bool) Pred {
	var out []Pred
	for _, p := range list {
		p = Simplify(p)
		if c, ok := p.(Const); ok {
			if c.Value == all {
				continue
			}
			return Const{node, !all}
		}
		if inner, ok := p.(All); ok && all {
			out = append(out, inner.Of...)
			continue
		}
		if inner, ok := p.(Any); ok && !all {
			out = append(out, inner.Of...)
			continue
		}
		out = append(out, p)
	}
	switch {
	case len(out) == 0:
		return Const{node, all}
	case len(out) == 1:
		return out[0]
	case all:
		return All{node, out}
	default:
		return Any{node, out}
	}
}
