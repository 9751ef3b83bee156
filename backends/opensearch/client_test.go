package opensearch

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sigmahunt/sigmahunt/backends"
)

// openOnce makes a point in time with a client of its own.
func openOnce(t *testing.T, r remote, indexes string) error {
	t.Helper()
	pit, err := connect(t, r).client.open(t.Context(), indexes)
	if err == nil && pit.ID != "p" {
		t.Errorf("the point in time is %q", pit.ID)
	}
	return err
}

func TestAServersCertificateIsVerified(t *testing.T) {
	secure := func(version uint16) *httptest.Server {
		server := httptest.NewUnstartedServer(saying(200, `{"pit_id":"p"}`))
		server.TLS = &tls.Config{MaxVersion: version}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	server := secure(tls.VersionTLS12)
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, test := range map[string]struct {
		remote remote
		want   string // in the error; empty: none
	}{
		"unknown":            {remote{Remote: backends.Remote{Endpoint: server.URL}}, "certificate"},
		"in the file":        {remote{Remote: backends.Remote{Endpoint: server.URL}, Settings: Settings{CA: own}}, ""},
		"of another name":    {remote{Remote: backends.Remote{Endpoint: strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}, Settings: Settings{CA: own}}, "not localhost"},
		"not looked at":      {remote{Remote: backends.Remote{Endpoint: server.URL}, Settings: Settings{Insecure: true}}, ""},
		"TLS 1.1":            {remote{Remote: backends.Remote{Endpoint: secure(tls.VersionTLS11).URL}, Settings: Settings{Insecure: true}}, "protocol version"},
		"no TLS":             {remote{Remote: backends.Remote{Endpoint: strings.Replace(secure(0).URL, "https", "http", 1)}}, "400 Bad Request"},
		"TLS, but none here": {remote{Remote: backends.Remote{Endpoint: strings.Replace(unencrypted(t).URL, "http", "https", 1)}}, "does not look like a TLS handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			err := openOnce(t, test.remote, "i")
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "attempts")) {
				t.Errorf("got %v, not %q at the first attempt", err, test.want)
			}
		})
	}
}

func unencrypted(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(saying(200, `{"pit_id":"p"}`))
	t.Cleanup(server.Close)
	return server
}

// TestAPasswordIsSentAndNotShown has a server that refuses in each way, and sends
// the caller elsewhere.
func TestAPasswordIsSentAndNotShown(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed to %s with %s", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	answers := []http.HandlerFunc{
		saying(200, `{"pit_id":"p"}`), saying(401, `Unauthorized`), saying(302, ``, "Location", elsewhere.URL), saying(200, `{`),
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for i, answer := range answers {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, ok := r.BasicAuth(); !ok || user != "ada" || password != "hunter2" {
				t.Errorf("%s has the header %q", r.URL, r.Header.Get("Authorization"))
			}
			if want := "/below/it/i-*,-j%2F/_search/point_in_time"; r.URL.EscapedPath() != want {
				t.Errorf("%s is asked for, not %s", r.URL.EscapedPath(), want)
			}
			answer(w, r)
		}))
		t.Cleanup(server.Close)
		err := openOnce(t, remote{Remote: backends.Remote{Endpoint: server.URL + "/below/it/"}, Settings: Settings{User: "ada", Password: "hunter2"}}, "i-*,-j/")
		if (err == nil) != (i == 0) || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("answer %d: %v", i, err)
		}
	}
}

// TestASignatureVerifies signs each request again, of what arrived, and compares.
func TestASignatureVerifies(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	credentials := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "token"}
	for _, service := range []string{"es", "aoss"} {
		var paths []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.RequestURI)
			checkSignature(t, r, credentials, service)
			_, _ = io.WriteString(w, `{"pit_id":"p","_shards":{"total":1,"successful":1},"hits":{"hits":[]}}`)
		}))
		t.Cleanup(server.Close)
		x := connect(t, remote{Remote: backends.Remote{Endpoint: server.URL, Region: "eu-west-1"}, Settings: Settings{SigV4: service}})
		if _, err := read(t.Context(), x, backends.Query{Batch: everything(), Text: `{"query":{"match_all":{}}}`, Table: "cloudtrail-*"}); err != nil {
			t.Error(err)
		}
		if len(paths) != 3 || !strings.HasPrefix(paths[0], "/cloudtrail-*/_search/point_in_time?") {
			t.Errorf("asked for %v", paths)
		}
	}
}

func checkSignature(t *testing.T, r *http.Request, credentials aws.Credentials, service string) {
	t.Helper()
	got := r.Header.Get("Authorization")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || !strings.Contains(got, "/"+at.Format("20060102")+"/eu-west-1/"+service+"/aws4_request") {
		t.Errorf("%q is not of its time and place: %v", got, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if r.Header.Get("X-Amz-Content-Sha256") != hash {
		t.Errorf("the body has another hash than %s", r.Header.Get("X-Amz-Content-Sha256"))
	}
	again := &http.Request{Method: r.Method, Host: r.Host, URL: r.URL, Header: http.Header{}, ContentLength: r.ContentLength}
	_, signed, _ := strings.Cut(got, "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if values := r.Header.Values(name); name != "content-length" && values != nil {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, again, hash, service, "eu-west-1", at); err != nil {
		t.Error(err)
	}
	if want := again.Header.Get("Authorization"); got != want {
		t.Errorf("the signature is\n%s\nnot\n%s", got, want)
	}
}

// TestAWrongConfigurationIsReportedAtOnce sends no request.
func TestAWrongConfigurationIsReportedAtOnce(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	at := "https://127.0.0.1:1"
	for want, r := range map[string]remote{
		"there is no endpoint":           {},
		"write https://HOST:PORT":        {Remote: backends.Remote{Endpoint: "127.0.0.1:1"}},
		"holds a user or a password":     {Remote: backends.Remote{Endpoint: "https://ada@127.0.0.1:1"}},
		"has a query":                    {Remote: backends.Remote{Endpoint: at + "#x"}},
		"there is no certificate":        {Remote: backends.Remote{Endpoint: at}, Settings: Settings{CA: []byte("none")}},
		"not both":                       {Remote: backends.Remote{Endpoint: at}, Settings: Settings{User: "a", Password: "b", SigV4: "es"}},
		"a user without a password":      {Remote: backends.Remote{Endpoint: at}, Settings: Settings{User: "a"}},
		"there is no AWS region":         {Remote: backends.Remote{Endpoint: at}, Settings: Settings{SigV4: "es"}},
		"takes between 1 s and 1h0m0s":   {Remote: backends.Remote{Endpoint: at}, Settings: Settings{Timeout: 2 * time.Hour}},
		"reading the AWS configuration:": {Remote: backends.Remote{Endpoint: at, Region: "eu-west-1", Profile: "nobody"}, Settings: Settings{SigV4: "es"}},
	} {
		_, err := open(t.Context(), backends.Config{Remote: r.Remote, Settings: &r.Settings})
		var wrong *backends.ConfigError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, not %q", err, want)
		}
	}
}
