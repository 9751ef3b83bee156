package files

import "github.com/sigmahunt/sigmahunt/compiler/record"

// exportForm gives a finding the names that GuardDuty's exports and events have.
// The API's own types, which the AWS SDKs and command line print, spell every
// key with a capital letter (AccountId, Severity) where the exports do not
// (accountId, severity); rules name the latter. Only the first letters of keys
// are changed, in place. Other records are left alone.
func exportForm(r *record.Record) {
	if !isCapitalised(r) {
		return
	}
	for _, m := range r.Members {
		lowerFirst(m.Key)
		lowerKeys(m.Value)
	}
}

// isCapitalised reports whether a record is a finding as the SDKs print it.
func isCapitalised(r *record.Record) bool {
	found := 0
	for i := range r.Members {
		switch string(r.Members[i].Key) {
		case "Type", "Service", "Severity":
			found++
		}
	}
	return found >= 3
}

func lowerKeys(v record.Value) {
	for m := range v.Members() {
		lowerFirst(m.Key)
		lowerKeys(m.Value)
	}
	for e := range v.Elements() {
		lowerKeys(e)
	}
}

func lowerFirst(key []byte) {
	if len(key) > 0 && key[0] >= 'A' && key[0] <= 'Z' {
		key[0] += 'a' - 'A'
	}
}
