package conformance

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// subject is a source as random plans and records are made of it.
type subject struct {
	source        *schema.Source
	fields        []string      // that plans ask for
	time, address string        // those of them that hold times and addresses more often than others do
	members       func(*writer) // writes what a record has beside its id
}

// subjects are those of all random tests.
var subjects = []subject{trails, guardDutyFindings}

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
