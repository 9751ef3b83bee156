package record

import (
	"fmt"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) *Record {
	t.Helper()
	r, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &r
}

func TestLookupComparesUnescapedAndTheFirstWins(t *testing.T) {
	r := parse(t, `{"a":1,"\u0062":2,"a":3,"c\"":4,"":5}`)
	for key, want := range map[string]string{"a": "1", "b": "2", `c"`: "4", "": "5", "d": "", `\u0062`: ""} {
		if v := r.Lookup(key); string(v.Raw) != want {
			t.Errorf("%q: %s, want %s", key, v.Raw, want)
		}
	}
}

func TestGetWalksAnObject(t *testing.T) {
	v := parse(t, `{"o": { "a" : [1,{"x":"]}\""}] , "b":{"x":{}},"\u0063":"\\" , "a":2,"n":null, "t":true,"z":-1.5e3 } }`).Lookup("o")
	for key, want := range map[string]string{
		"a": `[1,{"x":"]}\""}]`, "b": `{"x":{}}`, "c": `"\\"`, "n": "null", "t": "true", "z": "-1.5e3", "x": "",
	} {
		got := v.Get(key)
		if string(got.Raw) != want {
			t.Errorf("%q: %s, want %s", key, got.Raw, want)
		}
		if (got.Kind == Absent) != (want == "") {
			t.Errorf("%q: kind %d", key, got.Kind)
		}
	}
	for _, other := range []string{`{"o":[{"a":1}]}`, `{"o":"a"}`, `{"o":1}`, `{"o":null}`, `{}`, `{"o":{}}`, `{"o":{ }}`} {
		if v := parse(t, other).Lookup("o").Get("a"); v.Kind != Absent {
			t.Errorf("%s: found %s", other, v.Raw)
		}
	}
}

func TestElementsAndMembersYieldInStoredOrder(t *testing.T) {
	r := parse(t, `{"a":[ 1 , "x,]" ,[2,3],{"k":[4]},null ,true],"e":[],"s":[ ],"o":{"x":1, "y" :{"z":2},"x":3}}`)
	var got []string
	for v := range r.Lookup("a").Elements() {
		got = append(got, string(v.Raw))
	}
	if s := strings.Join(got, " "); s != `1 "x,]" [2,3] {"k":[4]} null true` {
		t.Errorf("elements %s", s)
	}
	for _, key := range []string{"e", "s", "o", "none"} {
		for v := range r.Lookup(key).Elements() {
			t.Errorf("%s yields %s", key, v.Raw)
		}
	}
	got = nil
	for m := range r.Lookup("o").Members() {
		got = append(got, m.Name()+"="+string(m.Value.Raw))
	}
	if s := strings.Join(got, " "); s != `x=1 y={"z":2} x=3` {
		t.Errorf("members %s", s)
	}
	for range r.Lookup("a").Members() {
		t.Error("an array yields members")
	}
	for range r.Lookup("a").Elements() {
		break // stopping early is allowed
	}
}

func TestLeavesFanOutThroughArrays(t *testing.T) {
	for _, c := range []struct{ event, path, want string }{
		{`{"a":1}`, "a", "1"},
		{`{"a":{"b":"x"}}`, "a.b", "x"},
		{`{"a":[1,null,"x",true]}`, "a", "1|x|true"},
		{`{"a":[{"b":1},{"b":[2,3]},{"c":4},5]}`, "a.b", "1|2|3"},
		{`{"a":[[1,[2]],[[3]]]}`, "a", "1|2|3"},
		{`{"a":[[{"b":1}],{"b":{"b":2}}]}`, "a.b", `1|{"b":2}`},
		{`{"a":{ "b" : [ 1, 2 ] }}`, "a", `{"b":[1,2]}`},
		{`{"a":{"b":1,"b":2}}`, "a.b", "1"},
		{`{"a":1,"a":2}`, "a", "1"},
		{`{"a":null,"a":2}`, "a", ""},
		{`{"a":null}`, "a", ""}, {`{"a":[]}`, "a", ""}, {`{"a":[null,[]]}`, "a", ""},
		{`{"a":1}`, "a.b", ""}, {`{"a":1}`, "b", ""}, {`{"a":""}`, "a", ""},
		{`{"a":{"b":{"c":null}}}`, "a.b.c", ""},
		{`{"\u0061":{"\u0062":1}}`, "a.b", "1"},
	} {
		var got []string
		r := parse(t, c.event)
		r.Leaves(strings.Split(c.path, "."), func(v Value) bool {
			got = append(got, v.Text())
			return false
		})
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s of %s: %q, want %q", c.path, c.event, s, c.want)
		}
	}
}

func TestLeavesStopWhereVisitSaysSo(t *testing.T) {
	r := parse(t, `{"a":[1,[2,3]]}`)
	seen := 0
	found := r.Leaves([]string{"a"}, func(v Value) bool { seen++; return v.Text() == "2" })
	if !found || seen != 2 {
		t.Errorf("found %v after %d leaves", found, seen)
	}
	if r.Leaves([]string{"a"}, func(Value) bool { return false }) || r.Leaves(nil, func(Value) bool { return true }) {
		t.Error("found what is not there")
	}
}

func TestReachTellsLeafEmptyArrayAndKey(t *testing.T) {
	for _, c := range []struct{ event, path, want string }{
		{`{}`, "a", "false false false"},
		{`{"a":1}`, "a", "true false true"},
		{`{"a":""}`, "a", "true false true"},
		{`{"a":{}}`, "a", "true false true"},
		{`{"a":null}`, "a", "false false true"},
		{`{"a":[]}`, "a", "false true true"},
		{`{"a":[ ]}`, "a", "false true true"},
		{`{"a":[[]]}`, "a", "false true true"},
		{`{"a":[null]}`, "a", "false false true"},
		{`{"a":[1,[]]}`, "a", "true true true"},
		{`{"a":[]}`, "a.b", "false false false"},
		{`{"a":[{"b":null},{}]}`, "a.b", "false false true"},
		{`{"a":[{"b":[]},{"b":1}]}`, "a.b", "true true true"},
		{`{"a":{"c":1}}`, "a.b", "false false false"},
		{`{"a":1}`, "a.b", "false false false"},
		{`{"a":{"b":{"c":null}}}`, "a.b.c", "false false true"},
		{`{"a":{"b":null,"b":1}}`, "a.b", "false false true"},
	} {
		leaf, empty, key := parse(t, c.event).Reach(strings.Split(c.path, "."))
		if got := fmt.Sprint(leaf, empty, key); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.path, c.event, got, c.want)
		}
	}
}

func TestReadingFieldsDoesNotAllocate(t *testing.T) {
	r := parse(t, string(sampleEvents(1)[0]))
	path, list := []string{"userIdentity", "sessionContext", "sessionIssuer", "userName"}, []string{"resources", "type"}
	buf := make([]byte, 0, 256)
	n := testing.AllocsPerRun(100, func() {
		r.Leaves(path, func(v Value) bool { buf = v.AppendText(buf[:0]); return false })
		r.Leaves(list, func(v Value) bool { return v.Kind == Null })
		r.Reach(path)
		for m := range r.Lookup("tlsDetails").Members() {
			buf = m.Value.AppendText(buf[:0])
		}
		for v := range r.Lookup("resources").Elements() {
			_ = v.Get("type")
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
