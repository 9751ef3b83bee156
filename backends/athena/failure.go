package athena

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"
)

// failureKind is what can be done about a failure.
type failureKind int

const (
	otherFailure   failureKind = iota
	throttled                  // too much at a time: later
	compilerLimit              // the statement is too large for the engine: split it
	wrongStatement             // of syntax, or of names and types
	resources                  // of memory, time or bytes: a smaller window
	access                     // permissions or credentials
	cancelled                  // stopped from outside
)

func (k failureKind) String() string {
	return [...]string{"other", "throttled", "compiler limit", "wrong statement", "resources", "access", "cancelled"}[k]
}

// refused is the State of a Failure that never became a query.
const refused = "REFUSED"

// Failure is a statement that Athena did not finish.
type Failure struct {
	ID        string // the query; empty where the request was refused
	State     string // FAILED, CANCELLED or REFUSED
	Category  int    // 1 system, 2 user, 3 other; 0: not told
	Type      int    // of Athena's error catalog; -1: not told
	Retryable bool   // as Athena says
	Message   string
	Kind      failureKind
}

func (f *Failure) Error() string {
	if f.State == refused {
		return "athena: " + f.Message
	}
	return fmt.Sprintf("athena: query %s %s: %s", f.ID, strings.ToLower(f.State), f.Message)
}

// TooLarge tells that the statement must be split: the engine cannot compile
// one of its size, whenever it runs.
func (f *Failure) TooLarge() bool { return f.Kind == compilerLimit }

// failureOf reads the failure from a query that ended without success.
func failureOf(query *types.QueryExecution) *Failure {
	f := &Failure{State: string(query.Status.State), Type: -1}
	if query.QueryExecutionId != nil {
		f.ID = *query.QueryExecutionId
	}
	if e := query.Status.AthenaError; e != nil {
		f.Retryable = e.Retryable
		if e.ErrorCategory != nil {
			f.Category = int(*e.ErrorCategory)
		}
		if e.ErrorType != nil {
			f.Type = int(*e.ErrorType)
		}
		if e.ErrorMessage != nil {
			f.Message = *e.ErrorMessage
		}
	}
	if r := query.Status.StateChangeReason; r != nil && *r != "" {
		f.Message = *r // it holds the engine's name for the error
	}
	f.Kind = classify(f)
	return f
}

// refusal makes a failure of an answer that is an error, and leaves errors of
// the network as they are.
func refusal(request string, err error) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return fmt.Errorf("athena: %s: %w", request, err)
	}
	f := &Failure{State: refused, Type: -1, Message: fmt.Sprintf("%s: %s: %s", request, answer.ErrorCode(), answer.ErrorMessage())}
	f.Kind = kindOfCode(answer.ErrorCode())
	if f.Kind == otherFailure {
		f.Kind = classifyText(answer.ErrorMessage())
	}
	return f
}

// accessCodes are the codes with which AWS refuses whoever asks (AWS General
// Reference, "Common errors").
var accessCodes = regexp.MustCompile(`^(AccessDenied|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|MissingAuthenticationToken|IncompleteSignature|NotAuthorized|OptInRequired)`)

func kindOfCode(code string) failureKind {
	if accessCodes.MatchString(code) {
		return access
	}
	return otherFailure
}

// classify prefers the engine's name for an error to Athena's type of it, which
// is coarser, and both to the words of the message, which are no interface.
func classify(f *Failure) failureKind {
	if k, ok := kindOfName(f.Message); ok {
		return k
	}
	words := classifyText(f.Message)
	if words == compilerLimit {
		return words // as an internal error, otherwise
	}
	if k := kindOfType(f.Type); k != otherFailure {
		return k
	}
	if words == otherFailure && f.State == string(types.QueryExecutionStateCancelled) {
		return cancelled
	}
	return words
}

// engineName is Trino's name of an error, which stands in front of its message.
var engineName = regexp.MustCompile(`^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): `)

// kinds are those of Trino's errors (io.trino.spi.StandardErrorCode).
var kinds = map[string]failureKind{
	"COMPILER_ERROR":                compilerLimit,
	"QUERY_EXCEEDED_COMPILER_LIMIT": compilerLimit,
	"QUERY_HAS_TOO_MANY_STAGES":     compilerLimit,
	"QUERY_TEXT_TOO_LARGE":          compilerLimit,
	"STACK_OVERFLOW":                compilerLimit,
	"TOO_MANY_ARGUMENTS":            compilerLimit,

	"SYNTAX_ERROR":       wrongStatement,
	"COLUMN_NOT_FOUND":   wrongStatement,
	"TABLE_NOT_FOUND":    wrongStatement,
	"SCHEMA_NOT_FOUND":   wrongStatement,
	"CATALOG_NOT_FOUND":  wrongStatement,
	"FUNCTION_NOT_FOUND": wrongStatement,
	"TYPE_NOT_FOUND":     wrongStatement,
	"TYPE_MISMATCH":      wrongStatement,
	"AMBIGUOUS_NAME":     wrongStatement,
	"NOT_SUPPORTED":      wrongStatement,
	"INVALID_ARGUMENTS":  wrongStatement,
	"INVALID_LITERAL":    wrongStatement,

	"CLUSTER_OUT_OF_MEMORY": resources,
	"NO_NODES_AVAILABLE":    resources,

	"PERMISSION_DENIED": access,
	"USER_CANCELED":     cancelled,
}

func kindOfName(message string) (failureKind, bool) {
	m := engineName.FindStringSubmatch(message)
	if m == nil {
		return otherFailure, false
	}
	if strings.HasPrefix(m[1], "EXCEEDED_") { // limits of memory, time, CPU, bytes
		return resources, true
	}
	if strings.HasSuffix(message, "(stack overflow while parsing)") { // which Trino calls a syntax error
		return compilerLimit, true
	}
	k, ok := kinds[m[1]]
	return k, ok
}

// kindOfType reads Athena's error catalog (Amazon Athena User Guide, "Athena
// error catalog").
func kindOfType(t int) failureKind {
	switch {
	case t >= 0 && t <= 8, t == 206, t == 210, t == 1602:
		return resources
	case t == 1004, t == 1006, t >= 1100 && t <= 1110, t == 1303:
		return wrongStatement
	case t == 1011, t == 1014:
		return cancelled
	case t == 1400, t >= 1404 && t <= 1406:
		return throttled
	case t == 1500, t == 1501:
		return access
	default:
		return otherFailure
	}
}

// phrases are parts of messages in lower case; the first that is found decides.
var phrases = []struct {
	part string
	kind failureKind
}{
	{"too many filters", compilerLimit},
	{"exceeded maximum filters", compilerLimit},
	{"method too large", compilerLimit},
	{"methodtoolarge", compilerLimit},
	{"number of stages in the query", compilerLimit},
	{"stack overflow", compilerLimit},
	{"'querystring' failed to satisfy constraint: member must have length less", compilerLimit},
	{"exhausted resources", resources},
	{"bytes scanned limit", resources},
	{"timed out", resources},
	{"timeout", resources},
	{"access denied", access},
	{"insufficient permissions", access},
	{"not authorized", access},
	{"rate exceeded", throttled},
	{"reduce your request rate", throttled},
	{"mismatched input", wrongStatement},
	{"does not exist", wrongStatement},
}

func classifyText(message string) failureKind {
	lower := strings.ToLower(message)
	for _, p := range phrases {
		if strings.Contains(lower, p.part) {
			return p.kind
		}
	}
	return otherFailure
}
