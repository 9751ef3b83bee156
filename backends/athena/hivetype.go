package athena

import (
	"fmt"
	"strings"
)

// hiveKind is a type of Hive, as the Glue Data Catalog writes it.
type hiveKind struct {
	name    string // in lower case, without lengths: string, struct, array, map
	members []hiveMember
	of      []hiveKind // of an array its elements, of a map its keys and values
}

type hiveMember struct {
	name string
	typ  hiveKind
}

// maxHiveDepth bounds the nesting of a type, which comes from outside.
const maxHiveDepth = 64

// parseHive reads a type such as struct<a:string,b:array<int>>.
func parseHive(text string) (hiveKind, error) {
	p := hiveParser{text: text}
	t, err := p.typ(0)
	if err == nil && strings.TrimSpace(p.text[p.at:]) != "" {
		err = p.fail("the end")
	}
	return t, err
}

type hiveParser struct {
	text string
	at   int
}

func (p *hiveParser) fail(want string) error {
	return fmt.Errorf("the type %.200q at character %d: %s is wanted", p.text, p.at+1, want)
}

// word reads up to the next of the signs that structure a type.
func (p *hiveParser) word(until string) string {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(until, rune(p.text[p.at])) {
		p.at++
	}
	return strings.Trim(strings.TrimSpace(p.text[start:p.at]), "`")
}

func (p *hiveParser) take(c byte) bool {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *hiveParser) typ(depth int) (hiveKind, error) {
	t := hiveKind{name: strings.ToLower(p.word("<>,:("))}
	switch {
	case t.name == "":
		return t, p.fail("a type")
	case depth > maxHiveDepth:
		return t, p.fail("less nesting")
	case p.take('('): // varchar(10), decimal(10,2)
		p.word(")")
		if !p.take(')') {
			return t, p.fail(")")
		}
		return t, nil
	case !p.take('<'):
		return t, nil
	}
	for {
		var m hiveMember
		if t.name == "struct" || t.name == "uniontype" {
			m.name = p.word(":,<>")
			if !p.take(':') {
				return t, p.fail(":")
			}
		}
		var err error
		if m.typ, err = p.typ(depth + 1); err != nil {
			return t, err
		}
		if m.name == "" {
			t.of = append(t.of, m.typ)
		} else {
			t.members = append(t.members, m)
		}
		switch {
		case p.take(','):
		case p.take('>'):
			return t, nil
		default:
			return t, p.fail("> or ,")
		}
	}
}
