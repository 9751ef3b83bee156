package conformance

import (
	"strings"
	"unicode"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// subject is a source as random plans and records are made of it.
type subject struct {
	source        *schema.Source
	fields        []string      // that plans ask for
	time, address string        // those of them that hold times and addresses more often than others do
	members       func(*writer) // writes what a record has beside its id
	layouts       []string      // of Athena's tables, whose columns are of other types
}

// subjects are those of all random tests.
var subjects = []subject{trails, guardDutyFindings, flows}

// markOf names the field that tells the records of a test apart: flows have no id.
func markOf(source *schema.Source) string {
	if source == schema.VPCFlow {
		return "interface_id"
	}
	return source.ID
}

// trails ask for columns, members of a struct, below what the schema declares, a
// list's members, and whole values.
var trails = subject{
	source: schema.CloudTrail,
	fields: []string{
		"eventName", "eventTime", "errorCode", "sourceIPAddress", "userAgent", "readOnly",
		"userIdentity", "userIdentity.userName", "userIdentity.arn", "userIdentity.sessionContext",
		"userIdentity.sessionContext.attributes.creationDate",
		"requestParameters", "requestParameters.a", "requestParameters.b", "requestParameters.a.b",
		"requestParameters.b.a.b", "requestParameters.*", "requestParameters.x y", "requestParameters.it's",
		"requestParameters.0", "requestParameters.a/b~", "requestParameters.", "requestParameters.ü",
		"responseElements.a", "resources", "resources.ARN", "resources.accountId",
	},
	time:    "eventTime",
	address: "sourceIPAddress",
	members: (*writer).trail,
	layouts: []string{"projection"},
}

func (w *writer) trail() {
	for _, name := range []string{"eventName", "eventTime", "errorCode", "sourceIPAddress", "userAgent", "readOnly"} {
		w.maybe(name, w.scalarOf(name))
	}
	w.maybe("userIdentity", w.identity)
	w.maybe("requestParameters", w.parameters)
	w.maybe("responseElements", func() { w.value(3, 0) })
	w.maybe("resources", w.resources)
	if w.wild && w.chance(10) {
		w.maybe("eventName", func() { w.value(2, 0) })
	}
}

// guardDutyFindings have a number, and most of what they tell in JSON.
var guardDutyFindings = subject{
	source: schema.GuardDuty,
	fields: []string{
		"type", "severity", "severity", "severity", "updatedAt", "title", "accountId",
		"resource", "resource.a", "resource.b.a", "service.a", "service.b", "service.a.b",
	},
	time:    "updatedAt",
	address: "title",
	members: (*writer).finding,
	layouts: []string{"export"},
}

// severity is a number, or no text that reads as one: such a text is a number to every
// column and index of numbers.
func (w *writer) severity() {
	if w.chance(80) {
		w.number()
		return
	}
	w.raw(pick(w.random, []string{"true", "false", "null", `"high"`, `""`, `"8 of 10"`, "[]", "[8,8.5]"}))
}

func (w *writer) finding() {
	for _, name := range []string{"type", "updatedAt", "title", "accountId"} {
		w.maybe(name, w.scalarOf(name))
	}
	if w.chance(90) {
		w.raw(`,"severity":`)
		w.severity()
	}
	w.maybe("resource", w.parameters)
	w.maybe("service", w.parameters)
}

// flows are words and integers, and no JSON. They are read from a line of text, where
// nothing is absent: what there is not is a dash, which is null.
var flows = subject{
	source: schema.VPCFlow,
	fields: []string{
		"srcaddr", "dstaddr", "pkt_srcaddr", "action", "account_id", "region", "srcport", "dstport", "bytes", "start", "end",
		"traffic_path", "encryption_status",
	},
	time:    "start",
	address: "srcaddr",
	members: (*writer).flow,
	layouts: []string{"text", "bootstrap"},
}

func (w *writer) flow() {
	for _, name := range w.of.fields {
		w.raw(`,"` + name + `":`)
		f := schema.VPCFlow.Field(name)
		switch {
		case w.chance(20):
			w.raw("null")
		case f.Type == schema.Number:
			w.integer(name)
		case f.Address && w.chance(70):
			w.word(pick(w.random, pick(w.random, [][]string{addresses, nearAddresses})))
		default:
			w.word(w.text())
		}
	}
}

// integer writes one that the column's width holds.
func (w *writer) integer(name string) {
	if wide := name == "bytes" || name == "start" || name == "end"; wide && w.chance(20) {
		w.raw(pick(w.random, []string{"123456789012345", "12345678901234567", "9007199254740992", "9007199254740993", "1772352300"}))
		return
	}
	w.raw(pick(w.random, []string{"0", "1", "3", "10", "100", "443"}))
}

// word writes what of a text can stand in a line between blanks.
func (w *writer) word(s string) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	if s == "" || s == "-" {
		w.raw("null")
		return
	}
	w.raw(string(asJSON(s)))
}
