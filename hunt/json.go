package hunt

import (
	"strconv"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// AppendJSON appends the finding as one JSON object on one line. Values of the
// event are written as the record has them.
func (f *Finding) AppendJSON(dst []byte) []byte {
	dst = appendText(dst, `{"fingerprint":`, f.Fingerprint)
	dst = appendText(dst, `,"rule_id":`, f.RuleID)
	dst = appendText(dst, `,"rule_title":`, f.RuleTitle)
	dst = appendText(dst, `,"level":`, f.Level)
	dst = appendTexts(dst, `,"tags":`, f.Tags)
	dst = appendText(dst, `,"kind":`, string(f.Kind))
	dst = appendText(dst, `,"source":`, f.Source)
	dst = appendText(dst, `,"time":`, f.Time)
	dst = appendText(dst, `,"first_seen":`, f.FirstSeen)
	dst = appendText(dst, `,"last_seen":`, f.LastSeen)
	dst = appendTexts(dst, `,"event_ids":`, f.EventIDs)
	dst = strconv.AppendInt(append(dst, `,"event_count":`...), int64(f.EventCount), 10)
	dst = f.Group.appendJSON(append(dst, `,"group":`...))
	dst = append(dst, `,"value":`...)
	if f.Value == nil {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendFloat(dst, *f.Value, 'g', -1, 64)
	}
	return append(f.Event.appendJSON(append(dst, `,"event":`...)), '}')
}

func appendText(dst []byte, key, text string) []byte {
	return record.AppendQuoted(append(dst, key...), text)
}

func appendTexts(dst []byte, key string, texts []string) []byte {
	dst = append(append(dst, key...), '[')
	for i, t := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = record.AppendQuoted(dst, t)
	}
	return append(dst, ']')
}

// appendJSON writes the fields as one object in their order.
func (s Shown) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, f := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(record.AppendQuoted(dst, f.Name), ':')
		if len(f.Values) == 1 {
			dst = record.AppendCompact(dst, f.Values[0].Raw)
			continue
		}
		dst = append(dst, '[')
		for j, v := range f.Values {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = record.AppendCompact(dst, v.Raw)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
