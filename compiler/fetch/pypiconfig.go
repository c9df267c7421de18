package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// packageIndexes gives the URLs of the Python package indexes that this machine
// is configured for, the main one first: from uv's and pip's variables, else
// from pip's files. There are none where no main index is configured; then pip
// itself must be asked, which knows one.
func (c *Client) packageIndexes() ([]*url.URL, error) {
	settings, err := c.pipSettings()
	if err != nil {
		return nil, err
	}
	main := firstOf(c.getenv("UV_DEFAULT_INDEX"), c.getenv("UV_INDEX_URL"), c.getenv("PIP_INDEX_URL"), settings["index-url"])
	if main == "" || truth(firstOf(c.getenv("PIP_NO_INDEX"), settings["no-index"])) {
		return nil, nil
	}
	extra := firstOf(c.getenv("UV_INDEX"), c.getenv("UV_EXTRA_INDEX_URL"), c.getenv("PIP_EXTRA_INDEX_URL"), settings["extra-index-url"])
	var indexes []*url.URL
	for _, text := range append([]string{main}, strings.Fields(extra)...) {
		u, err := indexURL(text)
		if err != nil {
			return nil, err
		}
		indexes = append(indexes, u)
	}
	return indexes, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "1", "true", "yes", "on", "y", "t":
		return true
	}
	return false
}

// indexURL reads the URL of an index, which uv lets have a name: NAME=URL.
func indexURL(text string) (*url.URL, error) {
	if name, rest, ok := strings.Cut(text, "="); ok && !strings.Contains(name, "/") {
		text = rest
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the URL of a Python package index: %w", redactError(err))
	}
	switch u.Scheme {
	case "http", "https", "file":
	default:
		return nil, fmt.Errorf("reading the URL of a Python package index: %s is not one of http, https or file", u.Redacted())
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	return u, nil
}

// pipSettings reads pip's configuration files, those that pip lets count more
// over the others.
func (c *Client) pipSettings() (map[string]string, error) {
	settings := map[string]string{}
	for _, path := range c.pipFiles() {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || err == nil && len(data) == 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading pip's settings: %w", err)
		}
		for name, value := range parsePipFile(data) {
			settings[name] = value
		}
	}
	return settings, nil
}

// pipFiles lists the configuration files of pip, those that count most last.
func (c *Client) pipFiles() (files []string) {
	own := c.getenv("PIP_CONFIG_FILE")
	if own == os.DevNull {
		return nil
	}
	home := c.home()
	switch runtime.GOOS {
	case "windows":
		files = append(files, filepath.Join(c.getenv("ProgramData"), "pip", "pip.ini"),
			filepath.Join(home, "pip", "pip.ini"), filepath.Join(c.getenv("APPDATA"), "pip", "pip.ini"))
	case "darwin":
		files = append(files, "/Library/Application Support/pip/pip.conf", filepath.Join(home, ".pip", "pip.conf"),
			filepath.Join(home, "Library", "Application Support", "pip", "pip.conf"), filepath.Join(home, ".config", "pip", "pip.conf"))
	default:
		for _, dir := range filepath.SplitList(firstOf(c.getenv("XDG_CONFIG_DIRS"), "/etc/xdg")) {
			files = append(files, filepath.Join(dir, "pip", "pip.conf"))
		}
		config := firstOf(c.getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config"))
		files = append(files, "/etc/pip.conf", filepath.Join(home, ".pip", "pip.conf"), filepath.Join(config, "pip", "pip.conf"))
	}
	if env := c.getenv("VIRTUAL_ENV"); env != "" {
		files = append(files, filepath.Join(env, "pip.conf"), filepath.Join(env, "pip.ini"))
	}
	if own != "" {
		files = append(files, own)
	}
	return files
}

// parsePipFile reads the settings in the sections that count for installing and
// downloading. A value may go on in lines that begin with a space.
func parsePipFile(data []byte) map[string]string {
	settings := map[string]string{}
	section, name := "", ""
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		line := lines.Text()
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";"):
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			section, name = strings.ToLower(text[1:len(text)-1]), ""
		case section != "global" && section != "install" && section != "download":
		case line[0] == ' ' || line[0] == '\t':
			if name != "" {
				settings[name] = strings.TrimSpace(settings[name] + " " + text)
			}
		default:
			i := strings.IndexAny(text, "=:")
			if i < 0 {
				continue
			}
			name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text[:i])), "_", "-")
			settings[name] = strings.TrimSpace(text[i+1:])
		}
	}
	return settings
}

// localFile gives the path of a file: URL.
func localFile(rawURL string) (path string, ok bool) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "file" {
		return "", false
	}
	return filepath.FromSlash(u.Path), true
}
