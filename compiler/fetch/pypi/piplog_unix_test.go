//go:build unix

package pypi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/store"
)

// pipLines are lines of the log of pip 23.2, for the indexes of a machine that
// are wrong in one way each.
var pipLines = map[string]struct{ line, text, cure string }{
	"401": {
		"Could not fetch URL http://me:****@127.0.0.1:19401/s/my-models/: 401 Client Error: Unauthorized for url: http://127.0.0.1:19401/s/my-models/ - skipping",
		"http://me:xxxxx@127.0.0.1:19401/s/my-models/ answered 401 Unauthorized", "~/.netrc",
	},
	"403": {
		"Could not fetch URL http://127.0.0.1:19402/s/my-models/: 403 Client Error: Forbidden for url: http://127.0.0.1:19402/s/my-models/ - skipping",
		"answered 403 Forbidden", "~/.netrc",
	},
	"500": {
		"Could not fetch URL http://127.0.0.1:19404/s/my-models/: HTTPConnectionPool(host='127.0.0.1', port=19404): Max retries exceeded with url: /s/my-models/ (Caused by ResponseError('too many 500 error responses')) - skipping",
		"too many 500 error responses", "PIP_INDEX_URL",
	},
	"down": {
		"Could not fetch URL http://127.0.0.1:1/s/my-models/: connection error: HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /s/my-models/ (Caused by NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')) - skipping",
		"asking http://127.0.0.1:1/s/my-models/: Connection refused", "PIP_INDEX_URL",
	},
	"authority": {
		"Could not fetch URL https://127.0.0.1:19411/s/my-models/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='127.0.0.1', port=19411): Max retries exceeded with url: /s/my-models/ (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1002)'))) - skipping",
		"asking https://127.0.0.1:19411/s/my-models/: TLS failed: certificate verify failed: self-signed certificate", "SSL_CERT_FILE",
	},
	"date": {
		"Could not fetch URL https://127.0.0.1:19410/s/my-models/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='127.0.0.1', port=19410): Max retries exceeded with url: /s/my-models/ (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1002)'))) - skipping",
		"TLS failed: certificate verify failed: certificate has expired", "the clock",
	},
	"host": {
		"Could not fetch URL https://h.example/s/my-models/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='h.example', port=443): Max retries exceeded with url: /s/my-models/ (Caused by SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'h.example'. (_ssl.c:1002)\"))) - skipping",
		"TLS failed: certificate verify failed: Hostname mismatch", "names the host as its certificate does",
	},
	"no TLS": {
		"Could not fetch URL https://127.0.0.1:19402/s/my-models/: There was a problem confirming the ssl certificate: HTTPSConnectionPool(host='127.0.0.1', port=19402): Max retries exceeded with url: /s/my-models/ (Caused by SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1002)'))) - skipping",
		"TLS failed: wrong version number", "speaks TLS at that port",
	},
	"no index": {
		"WARNING: Skipping page http://127.0.0.1:19406/s/my-models/ because the GET request got Content-Type: application/pdf. The only supported Content-Types are application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html, and text/html",
		"http://127.0.0.1:19406/s/my-models/ is no page of an index: the GET request got Content-Type: application/pdf", "PIP_INDEX_URL",
	},
}

// loggingPip is a pip that writes a line into its log and then ends as given.
func loggingPip(t *testing.T, line, end string) string {
	t.Helper()
	quoted := "'" + strings.ReplaceAll(line, "'", `'\''`) + "'"
	return fakePip(t, `for a; do case $a in --log=*) log=${a#--log=};; esac; done
printf '%s\n' "2026-11-29T12:32:48,699 Getting page" >"$log"
printf '%s\n' '2026-11-29T12:32:48,699   '`+quoted+` >>"$log"
`+end)
}

const pipNone = `echo "ERROR: Could not find a version that satisfies the requirement my-models==1.0 (from versions: none)
ERROR: No matching distribution found for my-models==1.0" >&2; exit 1`

// TestPipSaysWhy has an index that pip could not ask: that is told, not that there
// is no wheel, whether pip found another one elsewhere or not.
func TestPipSaysWhy(t *testing.T) {
	t.Parallel()
	data := pypitest.Wheel(t, map[string]string{"p/a": "a"})
	base := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	offer := fmt.Sprintf(`echo '{"version": "1", "install": [{"download_info": {"url": "%s/my_models-1.0-py3-none-any.whl", "archive_info": {"hash": "sha256=%s"}}}]}'`,
		base, strings.TrimPrefix(store.DigestOf(data), "sha256:"))
	w := Wheel{Project: "my-models", Version: "1.0", File: "my_models-1.0-py3-none-any.whl", Size: int64(len(data)), SHA256: store.DigestOf(data)}
	for name, test := range pipLines {
		for _, end := range []string{pipNone, offer} {
			c := newClient(t, loggingPip(t, test.line, end))
			_, err := c.Find(t.Context(), "my-models", "1.0", "linux/amd64")
			var missing *fetch.MissingError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), test.text) || !strings.Contains(missing.Cure, test.cure) {
				t.Errorf("%s: %v (%+v)", name, err, missing)
			}
			if _, err := c.Fetch(t.Context(), w); (err == nil) != (end == offer) {
				t.Errorf("%s: locked: %v", name, err)
			}
		}
	}
	for name, test := range map[string]struct{ line, text, cure string }{
		"404":   {"Could not fetch URL http://h/s/my-models/: 404 Client Error: Not Found for url: http://h/s/my-models/ - skipping", "pip finds no wheel of my-models 1.0 for linux/amd64", ""},
		"tags":  {"Skipping link: none of the wheel's tags (cp27-none-win32) are compatible (run pip debug --verbose to show compatible tags): http://h/s/my_models-1.0-cp27-none-win32.whl (from http://h/s/my-models/)", "pip finds no wheel", "it has my_models-1.0-cp27-none-win32.whl"},
		"sdist": {"Skipping link: No sources permitted for my-models: http://h/s/my-models-1.0.tar.gz (from http://h/s/my-models/)", "pip finds no wheel", "as source only"},
	} {
		_, err := newClient(t, loggingPip(t, test.line, pipNone)).Find(t.Context(), "my-models", "1.0", "linux/amd64")
		var absent *fetch.AbsentError
		if !errors.As(err, &absent) || !strings.Contains(absent.Text, test.text) || !strings.Contains(absent.Cure, test.cure) {
			t.Errorf("%s: %v (%+v)", name, err, absent)
		}
	}
	for text, cure := range map[string]string{
		"ERROR: HTTP error 403 while getting http://h/my_models-1.0-py3-none-any.whl":                                                   "~/.netrc",
		"ERROR: Could not install packages due to an OSError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: x (_ssl.c:1)": "SSL_CERT_FILE",
	} {
		_, err := newClient(t, fakePip(t, "echo '"+text+"' >&2; exit 1")).Find(t.Context(), "my-models", "1.0", "linux/amd64")
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || !strings.Contains(missing.Cure, cure) {
			t.Errorf("%s: %v (%+v)", text, err, missing)
		}
	}
}
