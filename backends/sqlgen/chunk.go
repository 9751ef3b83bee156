package sqlgen

// Weight counts the tests that an engine compiles into one piece of code: those
// joined by AND, OR and NOT. A test of a list counts once, whatever it asks of
// the elements.
func (e Expr) Weight() int {
	switch e.op {
	case opAnd, opOr, opNot:
		n := 0
		for _, p := range e.parts {
			n += p.Weight()
		}
		return n
	default:
		return 1
	}
}

// Chunk gives a test of the same truth in which no piece weighs more than most:
// heavier conjunctions and disjunctions are cut into pieces, and wrap makes of
// each a test that weighs one. The same goes for the tests of lists' elements.
// most is at least two.
func Chunk(e Expr, most int, wrap func(Expr) Expr) Expr {
	if e.around != nil {
		return e.withTest(Chunk(e.parts[1], most, wrap))
	}
	if e.Weight() <= most && !e.opensLists() {
		return e
	}
	switch e.op {
	case opNot:
		return Not(Chunk(e.parts[0], most, wrap))
	case opAnd, opOr:
		parts := make([]Expr, len(e.parts))
		for i, p := range e.parts {
			parts[i] = Chunk(p, most, wrap)
		}
		for join(e.op, "TRUE", parts).Weight() > most {
			parts = pack(e.op, parts, most, wrap)
		}
		return join(e.op, "TRUE", parts)
	default:
		return e
	}
}

// pack wraps runs of parts that weigh as much as a piece may.
func pack(o op, parts []Expr, most int, wrap func(Expr) Expr) []Expr {
	var out []Expr
	for start := 0; start < len(parts); {
		end, weight := start, 0
		for end < len(parts) && (end == start || weight+parts[end].Weight() <= most) {
			weight += parts[end].Weight()
			end++
		}
		if weight == 1 {
			out = append(out, parts[start])
		} else {
			out = append(out, wrap(join(o, "TRUE", parts[start:end])))
		}
		start = end
	}
	return out
}
