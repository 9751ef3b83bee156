//go:build cgo

package duckdb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

func TestIrregular(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":1`, i)
		}
		return `{"first":1` + b.String() + `}`
	}
	for _, c := range []struct {
		source *schema.Source
		text   string
		want   bool
	}{
		{schema.CloudTrail, `{}`, false},
		{schema.CloudTrail, `{ "eventName" : "GetObject" , "readOnly" : true , "errorCode" : null }`, false},
		{schema.CloudTrail, `{"eventName":["GetObject"]}`, true},
		{schema.CloudTrail, `{"eventName":{}}`, true},
		{schema.CloudTrail, `{"eventName":1}`, false},
		{schema.CloudTrail, `{"userIdentity":{"arn":"a","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}}`, false},
		{schema.CloudTrail, `{"userIdentity":{"arn":["a"]}}`, true},
		{schema.CloudTrail, `{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":{}}}}}`, true},
		{schema.CloudTrail, `{"userIdentity":{"sessionContext":[{}]}}`, true},
		{schema.CloudTrail, `{"userIdentity":"root"}`, true},
		{schema.CloudTrail, `{"userIdentity":null,"resources":null}`, false},
		{schema.CloudTrail, `{"userIdentity":{"undeclared":[1,{"a":[2]}]}}`, false},
		{schema.CloudTrail, `{"resources":[{"ARN":"a"},{"ARN":null}]}`, false},
		{schema.CloudTrail, `{"resources":[]}`, false},
		{schema.CloudTrail, `{"resources":{"ARN":"a"}}`, true},
		{schema.CloudTrail, `{"resources":[null]}`, true},
		{schema.CloudTrail, `{"resources":[[{"ARN":"a"}]]}`, true},
		{schema.CloudTrail, `{"resources":[{"ARN":["a"]}]}`, true},
		{schema.CloudTrail, `{"requestParameters":{"a":[[1,2],[3]]}}`, false},
		{schema.CloudTrail, `{"requestParameters":{"a":[ [ [1] ] ]}}`, true},
		{schema.CloudTrail, `{"requestParameters":[[{"a":[[1]]}]]}`, false},
		{schema.CloudTrail, `{"requestParameters":{"a":1,"b":{"a":2}}}`, false},
		{schema.CloudTrail, `{"requestParameters":{"a":1,"b":2,"a":3}}`, true},
		{schema.CloudTrail, `{"eventName":"a","eventName":"b"}`, true},
		{schema.CloudTrail, `{"requestParameters":` + many(60) + `}`, false},
		{schema.CloudTrail, `{"requestParameters":` + many(64) + `}`, true},
		{schema.CloudTrail, `{"requestParameters":{"a\"b":1}}`, true},
		{schema.CloudTrail, `{"userAgent":"a \"b\" \\ \n\t\r"}`, false},
		{schema.CloudTrail, `{"userAgent":"ends with \\"}`, false},
		{schema.CloudTrail, `{"userAgent":"C:\\users"}`, false},
		{schema.CloudTrail, `{"userAgent":"\u0041"}`, true},
		{schema.CloudTrail, `{"userAgent":"a\/b"}`, true},
		{schema.CloudTrail, `{"userAgent":"a\b"}`, true},
		{schema.CloudTrail, `{"userAgent":"a\f"}`, true},
		{schema.CloudTrail, `{"userAgent":"İ"}`, true},
		{schema.CloudTrail, "{\"userAgent\":\"\x7f\"}", true},
		{schema.CloudTrail, `{"userAgent":"é ß 東 {[[[ ]]] 1e5"}`, false},
		{schema.VPCFlow, `{"dstport":443,"srcaddr":"10.0.0.1","account_id":null}`, false},
		{schema.VPCFlow, `{"dstport":"443"}`, true},
		{schema.VPCFlow, `{"dstport":443.5}`, true},
		{schema.VPCFlow, `{"dstport":true}`, true},
		{schema.VPCFlow, `{"dstport":null}`, false},
		{schema.GuardDuty, `{"severity":5.3,"service":{"count":12}}`, false},
		{schema.GuardDuty, `{"severity":[5]}`, true},
	} {
		rec, err := record.Parse([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if got := irregular(c.source, &rec); got != c.want {
			t.Errorf("%s: irregular is %v", c.text, got)
		}
	}
}

func TestNumbersThatDuckDBWritesOtherwiseAreIrregular(t *testing.T) {
	for number, want := range map[string]bool{
		"0": false, "-1": false, "443": false, "123456789012345": false, "1234567890123456": true,
		"-0": true, "-0.0": true, "0.0": true, "1.0": true, "1.50": true, "1.5": false, "-0.5": false,
		"1e3": true, "1E3": true, "1.5e-3": true, "0.001": false, "0.0001": true, "1234567890.12345": false, "1234567890.123456": true,
	} {
		rec, err := record.Parse([]byte(`{"requestParameters":{"n":` + number + `}}`))
		if err != nil {
			t.Fatal(number, err)
		}
		if got := irregular(schema.CloudTrail, &rec); got != want {
			t.Errorf("%s: irregular is %v", number, got)
		}
		if d, _ := record.ParseDecimal(number); !want && d.String() != number {
			t.Errorf("%s is regular, but its canonical text is %s", number, d)
		}
	}
}
