package fetch

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// authorize adds the credentials that netrc has for the host of req. Those in
// the URL itself come first. A netrc that cannot be read is as good as none.
func (c *Client) authorize(req *http.Request) {
	if req.URL.User != nil || req.Header.Get("Authorization") != "" {
		return
	}
	path := c.Getenv("NETRC")
	if path == "" {
		path = filepath.Join(c.Home(), netrcName())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	if user, password, ok := NetrcLogin(string(data), req.URL.Hostname()); ok {
		req.SetBasicAuth(user, password)
	}
}

func (c *Client) Home() string {
	if runtime.GOOS == "windows" {
		return c.Getenv("USERPROFILE")
	}
	return c.Getenv("HOME")
}

func netrcName() string {
	if runtime.GOOS == "windows" {
		return "_netrc"
	}
	return ".netrc"
}

// NetrcLogin finds the login for host: the first machine entry of that name,
// else the default entry.
func NetrcLogin(text, host string) (user, password string, ok bool) {
	words := NetrcWords(text)
	inHost, found := false, false
	for i := 0; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch words[i] {
		case "machine", "default":
			if found {
				return user, password, true
			}
			inHost = words[i] == "default" || strings.EqualFold(next, host)
			found = inHost
			if words[i] == "machine" {
				i++
			}
		case "login":
			if i++; inHost {
				user = next
			}
		case "password":
			if i++; inHost {
				password = next
			}
		case "account":
			i++
		}
	}
	return user, password, found
}

// NetrcWords splits text, leaving out comments and macro definitions, which
// run to the next empty line.
func NetrcWords(text string) (words []string) {
	macro := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			macro = false
			continue
		}
		if fields[0] == "macdef" {
			macro = true
		}
		if macro || strings.HasPrefix(fields[0], "#") {
			continue
		}
		words = append(words, fields...)
	}
	return words
}
