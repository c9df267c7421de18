package http1_test

import (
	"regexp"
	"strconv"
	"strings"
)

// asked is a request as it was understood.
type asked struct{ Method, Target, Body string }

// verdict is how a stream of requests ends.
type verdict int

const (
	whole verdict = iota // with a request
	cut                  // within one
	wrong                // with what is none
)

var (
	first   = regexp.MustCompile("^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\x00-\x20\x7f]+) HTTP/([0-9])\\.([0-9])\r\n")
	fieldRE = regexp.MustCompile("^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?s:[\t\x20-\x7e\u0080-\U0010ffff]*?))[ \t]*\r\n")
	chunkRE = regexp.MustCompile(`^([0-9a-fA-F]{1,16})((?:[ \t]*;[ \t]*TOKEN(?:[ \t]*=[ \t]*(?:TOKEN|QUOTED))?)*)` + "\r\n")
	length  = regexp.MustCompile(`^[0-9]+$`)
)

func init() {
	const (
		token  = "[!#$%&'*+.^_`|~0-9A-Za-z\u0080-\U0010ffff-]+" // RFC 9112's is ASCII; extensions are ignored
		quoted = "\"(?:[\t \\x21\\x23-\\x5b\\x5d-\\x7e\u0080-\U0010ffff]|\\\\[\t \\x21-\\x7e\u0080-\U0010ffff])*\""
	)
	chunkRE = regexp.MustCompile(strings.NewReplacer("TOKEN", token, "QUOTED", quoted).Replace(chunkRE.String()))
}

// judge reads a stream of requests by RFC 9112, as strictly as it allows, knowing all of
// it at once. Bytes above ASCII are taken for letters.
func judge(stream string) (all []asked, end verdict) {
	var wide strings.Builder // a rune a byte, as regular expressions are of runes
	for i := range len(stream) {
		wide.WriteRune(rune(stream[i]))
	}
	rest := wide.String()
	for posted := false; rest != ""; {
		if posted { // an empty line or two, from old clients
			rest = strings.TrimPrefix(strings.TrimPrefix(rest, "\r\n"), "\r\n")
			if rest == "" {
				break
			}
		}
		a, n, v := request(rest)
		if v != whole {
			return all, v
		}
		all = append(all, a)
		rest, posted = rest[n:], a.Method == "POST"
	}
	return all, whole
}

func narrow(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// lines reads field lines up to an empty one.
func lines(s string) (fields [][2]string, n int, v verdict) {
	for {
		if strings.HasPrefix(s[n:], "\r\n") {
			return fields, n + 2, whole
		}
		m := fieldRE.FindStringSubmatch(s[n:])
		if m == nil {
			return nil, 0, ending(s[n:])
		}
		fields = append(fields, [2]string{strings.ToLower(m[1]), m[2]})
		if n += len(m[0]); len(fields) > 256 {
			return nil, 0, wrong
		}
	}
}

// ending tells what a line is that does not match: it may not be there yet.
func ending(s string) verdict {
	if strings.Contains(s, "\n") {
		return wrong
	}
	return cut
}

func request(s string) (a asked, n int, v verdict) {
	m := first.FindStringSubmatch(s)
	if m == nil {
		return a, 0, ending(s)
	}
	a.Method, a.Target, n = narrow(m[1]), narrow(m[2]), len(m[0])
	fields, k, v := lines(s[n:])
	if v != whole {
		return a, 0, v
	}
	n += k
	var hosts, lengths, codings []string
	for _, f := range fields {
		switch f[0] {
		case "host":
			hosts = append(hosts, f[1])
		case "content-length":
			lengths = append(lengths, f[1])
		case "transfer-encoding":
			codings = append(codings, f[1])
		}
	}
	one := m[3] == "1"
	modern := one && m[4] != "0"
	if !one || len(hosts) > 1 || modern && len(hosts) == 0 || len(lengths)+len(codings) > 1 {
		return a, 0, wrong
	}
	if len(codings) == 1 {
		if !modern || !strings.EqualFold(codings[0], "chunked") {
			return a, 0, wrong
		}
		body, k, v := chunks(s[n:])
		a.Body = narrow(body)
		return a, n + k, v
	}
	if len(lengths) == 1 {
		size, err := strconv.ParseInt(lengths[0], 10, 64)
		if !length.MatchString(lengths[0]) || err != nil {
			return a, 0, wrong
		}
		runes := []rune(s[n:])
		if int64(len(runes)) < size {
			return a, 0, cut
		}
		body := string(runes[:size])
		a.Body, n = narrow(body), n+len(body)
	}
	return a, n, whole
}

func chunks(s string) (body string, n int, v verdict) {
	for {
		m := chunkRE.FindStringSubmatch(s[n:])
		if m == nil {
			return "", 0, ending(s[n:])
		}
		n += len(m[0])
		size, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			return "", 0, wrong
		}
		if size == 0 {
			_, k, v := lines(s[n:])
			return body, n + k, v
		}
		data := []rune(s[n:])
		if uint64(len(data)) < size || uint64(len(data))-size < 2 {
			return "", 0, cut
		}
		data = data[:size]
		body, n = body+string(data), n+len(string(data))
		if !strings.HasPrefix(s[n:], "\r\n") {
			return "", 0, wrong
		}
		n += 2
	}
}
