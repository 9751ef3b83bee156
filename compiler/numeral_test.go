package compiler

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// A rule over a declared text is announced where one spelling of a number can match
// and another one of the same number cannot.
func TestSpellingsOfNumbersAreAnnounced(t *testing.T) {
	for item, announced := range map[string]bool{
		"errorCode: 443":                    true,
		"errorCode: '443.0'":                true,
		"errorCode: [a, 15e-1]":             true,
		"errorCode: [a, b]":                 false,
		"errorCode: ''":                     false,
		"errorCode|contains: e":             true,
		"errorCode|cased|contains: E":       true,
		"errorCode: '??'":                   true,
		"errorCode: '*'":                    false,
		"errorCode: '1*a'":                  false,
		"errorCode|re: '^[0-9.]+$'":         true,
		"errorCode|re: '^1|x'":              true,
		"errorCode|re: '(1x)|y2'":           false,
		"errorCode|re: '1(x)+'":             false,
		"errorCode|re: '1x*'":               true,
		"errorCode|re: '1(?:xy){2}'":        false,
		"errorCode|re: '1(?:xy){0,2}'":      true,
		"errorCode|re|i: 'E'":               true,
		"errorCode|fieldref: eventName":     true,
		"errorCode|exists: true":            false,
		"errorCode|gt: 5":                   false,
		"sourceIPAddress|cidr: 10.0.0.1":    false,
		"eventTime|hour: 5":                 false,
		"requestParameters.a: 443":          false, // what is inside JSON has a row of its own
		"requestParameters.a|contains: '1'": false,
	} {
		target := plainTarget()
		target.Numerals = BySpelling
		legal, diags := Legalize(planOf(t, "s:\n    "+item+"\ncondition: s"), target)
		if legal == nil || legal.Residual != nil {
			t.Fatalf("%s: %v", item, diags)
		}
		if said := len(diags) == 1 && diags[0].Code == diag.ReadAs && diags[0].Span.Line > 0; said != announced || !said && len(diags) > 0 {
			t.Errorf("%s: %v", item, diags)
		}
	}
}
