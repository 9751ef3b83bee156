package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseAcceptsWhatIsJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { } `, "\t{\r\n}\n", `{"":0}`, `{"a":[]}`, `{"a":[ ]}`, `{"a":{}}`, `{"a":[[],{}]}`,
		`{"a":0,"b":-0,"c":-1.5e+10,"d":1E5,"e":0.0,"f":10e-2}`,
		`{"a":true,"b":false,"c":null}`,
		`{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83d\ude00\ud800"}`,
		`{"\u0061":1}`, `{"a":1,"a":2}`,
		"{\"a\":\"\x7f\u2028\u00e9\xff\"}",
		`{"a":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`,
		`{"a":"1234567"}`, `{"a":"12345678"}`, `{"a":"123456789\"012345678"}`,
	} {
		r, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if want := strings.TrimSpace(text); string(r.Raw) != want {
			t.Errorf("%q: raw text %q", text, r.Raw)
		}
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	deep := `{"a":` + strings.Repeat("[", MaxDepth)
	for _, c := range []struct {
		text   string
		offset int
		why    reason
	}{
		{``, 0, short}, {`  `, 2, short}, {`{`, 1, short}, {`{"a`, 3, short}, {`{"a"`, 4, short}, {`{"a":`, 5, short},
		{`{"a":1`, 6, short}, {`{"a":1,`, 7, short}, {`{"a":[1`, 7, short}, {`{"a":tru`, 8, short}, {`{"a":"\`, 7, short},
		{`{"a":"\u00`, 10, short}, {`{"a":-`, 6, short}, {`{"a":1.`, 7, short}, {`{"a":1e+`, 8, short},
		{`[]`, 0, notObject}, {`1`, 0, notObject}, {`"a"`, 0, notObject}, {`null`, 0, notObject},
		{`{} x`, 3, trailing}, {`{}{}`, 2, trailing},
		{`{,}`, 1, badKey}, {`{1:2}`, 1, badKey}, {`{"a":1,}`, 7, badKey}, {`{]`, 1, badKey},
		{`{"a" 1}`, 5, badColon}, {`{"a":1 "b":2}`, 7, badInObject}, {`{"a":1]`, 6, badInObject},
		{`{"a":[1 2]}`, 8, badInArray}, {`{"a":[1}`, 7, badInArray},
		{`{"a":[,]}`, 6, badValue}, {`{"a":}`, 5, badValue}, {`{"a":[1,]}`, 8, badValue}, {`{"a":'b'}`, 5, badValue}, {`{"a":NaN}`, 5, badValue}, {`{"a":+1}`, 5, badValue},
		{"{\"a\":\x00}", 5, badValue}, {"{\x00}", 1, badKey}, {"\uFEFF{}", 0, badValue},
		{`{"a":truE}`, 8, badLiteral}, {`{"a":nul}`, 8, badLiteral}, {`{"a":falsey}`, 10, badInObject},
		{`{"a":01}`, 6, badNumber}, {`{"a":-}`, 6, badNumber}, {`{"a":1.}`, 7, badNumber}, {`{"a":.5}`, 5, badValue}, {`{"a":1e}`, 7, badNumber}, {`{"a":-01}`, 7, badNumber},
		{`{"a":"\x"}`, 7, badEscape}, {`{"a":"\u00g0"}`, 10, badEscape}, {`{"a":"\` + "\n" + `"}`, 7, badEscape},
		{"{\"a\":\"\n\"}", 6, badControl}, {"{\"a\":\"12345678\x1f\"}", 14, badControl}, {"{\"\x00\":1}", 2, badControl},
		{deep, len(deep) - 1, tooDeep}, {strings.ReplaceAll(deep, "[", `{"b":`), 5 * MaxDepth, tooDeep},
	} {
		_, err := Parse([]byte(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: error %v", c.text, err)
		} else if syntax.Offset != c.offset || syntax.Reason != reasons[c.why] {
			t.Errorf("%q: %v, want offset %d: %s", c.text, err, c.offset, reasons[c.why])
		}
	}
}

func TestParseCollectsTopLevelMembersInOrder(t *testing.T) {
	text := ` { "a" : {"x":{"y":[1,{"z":2}]}} , "b":[ {"q":1}, 2 ],"c\n":"s","a":null , "t":true,"n":-1.5 } `
	r, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range r.Members {
		got = append(got, fmt.Sprintf("%s %v %d %s", m.Key, m.Escaped, m.Value.Kind, m.Value.Raw))
	}
	want := []string{
		fmt.Sprintf(`a false %d {"x":{"y":[1,{"z":2}]}}`, Object), fmt.Sprintf(`b false %d [ {"q":1}, 2 ]`, Array),
		fmt.Sprintf(`c\n true %d "s"`, String), fmt.Sprintf(`a false %d null`, Null),
		fmt.Sprintf(`t false %d true`, Bool), fmt.Sprintf(`n false %d -1.5`, Number),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("members\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParseIntoReusesMembers(t *testing.T) {
	event := sampleEvents(1)[0]
	var r Record
	if err := ParseInto(&r, event); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = ParseInto(&r, event) }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// checkAgainstPeer holds Parse against encoding/json on any text, and each of
// its members against what a map of raw values holds.
func checkAgainstPeer(t *testing.T, text []byte) {
	t.Helper()
	r, err := Parse(text)
	start := bytes.TrimLeft(text, " \t\r\n")
	valid := json.Valid(text) && len(start) > 0 && start[0] == '{'
	if (err == nil) != valid {
		if syntax := (*SyntaxError)(nil); errors.As(err, &syntax) && syntax.Reason == reasons[tooDeep] {
			return // encoding/json goes deeper
		}
		t.Fatalf("%q: error %v, but encoding/json says %v", text, err, valid)
	}
	if err != nil {
		return
	}
	i := 0
	for m := range (Value{Object, r.Raw}).Members() { // the walk must see what the scan saw
		if w := r.Members[i]; string(m.Key) != string(w.Key) || m.Escaped != w.Escaped || m.Value.Kind != w.Value.Kind || string(m.Value.Raw) != string(w.Value.Raw) {
			t.Fatalf("%q: member %d is %q: %q, but the walk says %q: %q", text, i, w.Key, w.Value.Raw, m.Key, m.Value.Raw)
		}
		if first, got := r.Lookup(m.Name()), (Value{Object, r.Raw}).Get(m.Name()); string(first.Raw) != string(got.Raw) {
			t.Fatalf("%q: %q is %q, but Get says %q", text, m.Key, first.Raw, got.Raw)
		}
		i++
	}
	if i != len(r.Members) {
		t.Fatalf("%q: %d members, but the walk says %d", text, len(r.Members), i)
	}
	var want map[string]json.RawMessage // the last of a repeated key
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	last := map[string]Value{}
	for _, m := range r.Members {
		name := string(bytes.ToValidUTF8([]byte(m.Name()), []byte("?")))
		last[name] = m.Value
	}
	if bytes.ContainsRune(text, '\uFFFD') || len(Repair(text)) != len(text) || bytes.Contains(text, []byte(`\u`)) {
		return // the peer spells broken keys in its own way
	}
	if len(last) != len(want) {
		t.Fatalf("%q: %d keys, want %d", text, len(last), len(want))
	}
	for name, raw := range want {
		if v := last[name]; string(v.Raw) != string(raw) || v.Kind != kinds[raw[0]] {
			t.Fatalf("%q: member %q is %q, want %q", text, name, v.Raw, raw)
		}
	}
}

func FuzzParseAgreesWithEncodingJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,{"b":"\u00e9\\"}],"c":null}`))
	f.Add([]byte("{\"a\":\"\xff\x00\"}"))
	f.Add(sampleEvents(1)[0])
	f.Fuzz(checkAgainstPeer)
}

func TestParseAgreesWithEncodingJSONOnDamagedEvents(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	events := append(sampleEvents(3), []byte(`{"a":[1,-2.5e3,{"b":"\u00e9\\\/"},[[]],{}],"c":null,"d":true, "e" : -0.0e-1}`))
	const alphabet = "{}[]\":,\\ \n\t01-+.eEutrfaln\x00\x1f\xff"
	for range 40000 {
		text := bytes.Clone(events[rnd.IntN(len(events))])
		if rnd.IntN(2) == 0 {
			text = text[:rnd.IntN(len(text)+1)]
		}
		for range rnd.IntN(3) {
			if len(text) == 0 {
				break
			}
			i, c := rnd.IntN(len(text)), alphabet[rnd.IntN(len(alphabet))]
			switch rnd.IntN(3) {
			case 0:
				text[i] = c
			case 1:
				text = append(text[:i], text[i+1:]...)
			default:
				text = append(text[:i], append([]byte{c}, text[i:]...)...)
			}
		}
		checkAgainstPeer(t, text)
	}
}

// Every part that a buffer may end behind must be told from broken text.
func TestEveryPrefixOfARecordIsShort(t *testing.T) {
	texts := append(sampleEvents(1), []byte(" {\"a\" : [ 1 , -2.5e+3 , {\"b\":\"\\u00e9\\\\ \u00e9\"},[[]],{}] , \"c\":null,\"d\":[true,false] }"))
	for _, text := range texts {
		for i := range text {
			if _, _, why := scan(text[:i], 0, whole, &Record{}); why != short {
				t.Errorf("%q: %s", text[:i], reasons[why])
			}
		}
	}
}

func TestHighTellsOfBytesBeyondASCII(t *testing.T) {
	for _, text := range []string{`{"é":1}`, `{"a":"é"}`, `{"a":"12345678é"}`, `{"a":["1234567é"]}`} {
		if _, high, why := scan([]byte(text), 0, whole, &Record{}); !high || why != complete {
			t.Errorf("%s: high %v, %s", text, high, reasons[why])
		}
	}
	if _, high, _ := scan(sampleEvents(1)[0], 0, whole, &Record{}); high {
		t.Error("an ASCII event counts as beyond ASCII")
	}
}

func TestRepairReplacesInvalidUTF8(t *testing.T) {
	valid := []byte(`{"a":"é"}`)
	if got := Repair(valid); &got[0] != &valid[0] {
		t.Error("valid text was copied")
	}
	if got := string(Repair([]byte("{\"a\":\"x\xff\xfey\xc3\"}"))); got != "{\"a\":\"x\uFFFDy\uFFFD\"}" {
		t.Errorf("%q", got)
	}
}
