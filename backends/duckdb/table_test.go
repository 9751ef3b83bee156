//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/files"
)

// writeFiles makes a folder with a file for each text and gives what Find finds.
func writeFiles(t testing.TB, texts ...string) []files.File {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.json", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, problems := files.Find([]string{dir})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return found
}

// testConn opens a database whose tables read files.
func testConn(t testing.TB, list []files.File) (context.Context, *sql.Conn, *reader) {
	t.Helper()
	db, err := openDatabase(2, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &reader{ctx: ctx, files: list, done: func(files.Stats, bool) {}}
	ctx = context.WithValue(ctx, readerKey{}, r)
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		r.running.Wait()
		db.Close()
	})
	if err := createViews(ctx, conn); err != nil {
		t.Fatal(err)
	}
	return ctx, conn, r
}

// query gives the rows of a statement, the values of each joined by bars.
func query(t testing.TB, ctx context.Context, conn *sql.Conn, text string) []string {
	t.Helper()
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var out []string
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		words := make([]string, len(names))
		for i, v := range values {
			if words[i] = "NULL"; v.Valid {
				words[i] = v.String
			}
		}
		out = append(out, strings.Join(words, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const event = `{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":%q,"eventTime":"2026-03-01T08:00:00Z","eventID":"%d","awsRegion":"eu-central-1"%s}`

// trail gives a CloudTrail document of events with the given further members.
func trail(name string, more ...string) string {
	var list []string
	for i, m := range more {
		list = append(list, fmt.Sprintf(event, name, i, m))
	}
	return `{"Records":[` + strings.Join(list, ",") + `]}`
}

func TestTableGivesFieldsAsText(t *testing.T) {
	ctx, conn, _ := testConn(t, writeFiles(t, trail("GetObject",
		`,"readOnly":true,"errorCode":null,"requestParameters":{ "a": [1, 2] },"responseElements":null,"userAgent":"a \"b\" \\ \n ü 'c'"`,
		`,"userAgent":"","readOnly":"true"`)))
	got := query(t, ctx, conn, `SELECT eventName, readOnly, errorCode, requestParameters, responseElements, userAgent, additionalEventData, irregular, _file, _index FROM cloudtrail ORDER BY _index`)
	want := []string{
		"GetObject|true|NULL|{\"a\":[1,2]}|null|a \"b\" \\ \n ü 'c'|NULL|false|0|0",
		"GetObject|true|NULL|NULL|NULL||NULL|false|0|1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestTableGivesOnlyTheRecordOfIrregularEvents(t *testing.T) {
	ctx, conn, _ := testConn(t, writeFiles(t, trail("GetObject", `,"userAgent": ["x"]`, ``)))
	got := query(t, ctx, conn, `SELECT eventName, userAgent, irregular, record LIKE '%"userAgent":["x"]}' FROM cloudtrail ORDER BY _index`)
	if want := "[NULL|NULL|true|true GetObject|NULL|false|false]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestTablesKeepSourcesApart(t *testing.T) {
	flows := "2 111122223333 eni-0a1b2c3d4e5f60718 10.0.0.5 198.51.100.7 49152 443 6 10 8400 1772352000 1772352060 ACCEPT OK\n" +
		"2 111122223333 eni-0a1b2c3d4e5f60718 - - - - - - - 1772352000 1772352060 - NODATA\n"
	ctx, conn, _ := testConn(t, writeFiles(t, trail("GetObject", ``, ``, ``), flows))
	for text, want := range map[string]string{
		"SELECT count(*) FROM cloudtrail": "[3]",
		"SELECT count(*) FROM guardduty":  "[0]",
		`SELECT dstport + 1, bytes, srcaddr, "end", _file, irregular FROM vpcflow ORDER BY ALL`: "[444|8400|10.0.0.5|1772352060|1|false NULL|NULL|NULL|1772352060|1|false]",
		"SELECT typeof(dstport), typeof(action) FROM vpcflow LIMIT 1":                           "[BIGINT|VARCHAR]",
		"SELECT count(*) FROM cloudtrail a JOIN cloudtrail b USING (eventID)":                   "[3]",
	} {
		if got := fmt.Sprint(query(t, ctx, conn, text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestTableNamesColumnsAsTheSchemaDoes(t *testing.T) {
	ctx, conn, _ := testConn(t, nil)
	got := query(t, ctx, conn, "SELECT name FROM pragma_table_info('guardduty')")
	want := "schemaVersion accountId region partition id arn type resource service severity confidence createdAt updatedAt title description associatedAttackSequenceArn record irregular _file _index"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// What is regular must read the same in DuckDB's JSON functions as in the
// evaluator.
func TestRegularNumbersAreTheSameInDuckDB(t *testing.T) {
	var more []string
	numbers := []string{
		"0", "-1", "1.5", "-0.5", "0.001", "0.00999", "123456789012345", "12345678901234.5", "1.23456789012345",
		"0.00123456789012", "999999999999999", "-999999999.99999", "0.1", "0.3", "100.01", "0.007", "4503599627370.49",
	}
	for _, n := range numbers {
		more = append(more, `,"requestParameters":{"n":`+n+`}`)
	}
	ctx, conn, _ := testConn(t, writeFiles(t, trail("PutMetricData", more...)))
	got := query(t, ctx, conn, `SELECT requestParameters ->> '$."n"' FROM cloudtrail WHERE NOT irregular ORDER BY _index`)
	if strings.Join(got, " ") != strings.Join(numbers, " ") {
		t.Errorf("got  %v\nwant %v", got, numbers)
	}
}

func TestTableReadsManyFilesInParallel(t *testing.T) {
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = trail(fmt.Sprintf("Event%d", i), make([]string, 300)...)
	}
	ctx, conn, _ := testConn(t, writeFiles(t, texts...))
	got := query(t, ctx, conn, `SELECT count(*), count(DISTINCT _file*1000 + _index), count(*) FILTER (eventName = 'Event' || _file AND eventID = _index::VARCHAR), max(_index) FROM cloudtrail`)
	if want := "[12000|12000|12000|299]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
