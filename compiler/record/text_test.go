package record

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func TestTextIsWhatRulesCompare(t *testing.T) {
	for raw, want := range map[string]string{
		`"a"`: "a", `""`: "", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u0041\u00e9é"`: "Aéé",
		`"\ud83d\ude00"`: "😀", `"\ud83d"`: "\uFFFD", `"\ude00\ud83d"`: "\uFFFD\uFFFD", `"\ud83dx"`: "\uFFFDx",
		`"\ud83d\u0041"`: "\uFFFDA", `"\ud83d\n"`: "\uFFFD\n", `"\u0000"`: "\x00", `"\ud83d\ud83d\ude00"`: "\uFFFD😀",
		`443`: "443", `443.0`: "443", `4.430e2`: "443", `-0`: "0", `-0.0`: "0", `0`: "0", `-5`: "-5", `0.50`: "0.5", `1e3`: "1000", `1E-3`: "0.001",
		`9007199254740993`: "9007199254740993", `123456789012345678901234567890`: "123456789012345678901234567890",
		`1e99999999999`: "1e99999999999", `1e60`: "1e60",
		`true`: "true", `false`: "false", `null`: "null",
		`{ "a" : [ 1.0 , "x y" ] }`: `{"a":[1.0,"x y"]}`, `[ 1 ]`: `[1]`,
	} {
		v := parse(t, `{"v":`+raw+`}`).Lookup("v")
		if got := v.Text(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
		if got := string(v.AppendText([]byte("+"))); got != "+"+want {
			t.Errorf("%s: appended %q", raw, got)
		}
	}
	if got := (Value{}).Text(); got != "" {
		t.Errorf("an absent value has the text %q", got)
	}
}

// The plain integer's short way must agree with Decimal.
func TestNumbersHaveOneText(t *testing.T) {
	for range 40 {
		for _, prefix := range []string{"", "-", "1", "9", "-1"} {
			text := prefix
			for n := rand.IntN(60); n >= 0; n-- {
				text += string("0123456789"[rand.IntN(10)])
			}
			if !json.Valid([]byte(text)) {
				continue
			}
			d, _ := ParseDecimal(text)
			if got := (Value{Number, []byte(text)}).Text(); got != d.String() {
				t.Errorf("%s: %s, but the decimal is %s", text, got, d)
			}
		}
	}
}

func randomString(rnd *rand.Rand) string {
	parts := []string{"a", "é", "😀", "\"", "\\", "/", "\n", "\x00", "\x1f", "\x7f", "\u2028", "<&>", "\xff", "\xed\xa0\x80", "12345678", "\t\r"}
	s := ""
	for range rnd.IntN(8) {
		s += parts[rnd.IntN(len(parts))]
	}
	return s
}

func TestQuotedTextIsReadBackTheSame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		s := randomString(rnd)
		quoted := AppendQuoted([]byte("x"), s)[1:]
		var peer string
		if err := json.Unmarshal(quoted, &peer); err != nil {
			t.Fatalf("%q: %s: %v", s, quoted, err)
		}
		var want []rune // as Go converts: a U+FFFD for each invalid byte
		want = append(want, []rune(s)...)
		own := parse(t, `{"v":`+string(quoted)+`}`).Lookup("v").Text()
		if own != string(want) || peer != string(want) {
			t.Fatalf("%q: own %q, encoding/json %q", s, own, peer)
		}
	}
}

func TestUnescapingAgreesWithEncodingJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	parts := []string{`\ud83d`, `\ude00`, `\u0041`, `\uFFff`, `\n`, `\\`, `\"`, `\/`, "a", "é", `\uDBFF`, `\udfff`}
	for range 5000 {
		s := ""
		for range rnd.IntN(7) {
			s += parts[rnd.IntN(len(parts))]
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+s+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got := (Value{String, []byte(`"` + s + `"`)}).Text(); got != want {
			t.Fatalf("%s: %q, want %q", s, got, want)
		}
	}
}

func TestCompactAgreesWithEncodingJSON(t *testing.T) {
	for _, event := range append(sampleEvents(2), []byte(`{"a b":" \" \\","c":[]}`), []byte(`{}`)) {
		var pretty, want bytes.Buffer
		if err := json.Indent(&pretty, event, "\r\n\t", "  "); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&want, pretty.Bytes()); err != nil {
			t.Fatal(err)
		}
		if got := AppendCompact(nil, pretty.Bytes()); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s, want %s", got, want.Bytes())
		}
		if got := AppendCompact(nil, event); !bytes.Equal(got, event) {
			t.Errorf("compact text changed: %s", got)
		}
	}
}
