package pypi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

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

// pipSettings reads pip's configuration files. As pip has it, files that count
// more come over the others setting by setting and section by section, and then
// [install] over [global], whichever file they are in.
func (c *Client) pipSettings() (map[string]string, error) {
	sections := map[string]map[string]string{"global": {}, "install": {}}
	for _, path := range c.pipFiles() {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || err == nil && len(data) == 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading pip's settings: %w", err)
		}
		for section, values := range parsePipFile(data) {
			maps.Copy(sections[section], values)
		}
	}
	settings := map[string]string{}
	for _, section := range []string{"global", "install"} {
		for name, value := range sections[section] {
			if value != "" {
				settings[name] = value
			}
		}
	}
	return settings, nil
}

// pipFiles lists the configuration files of pip, those that count most last.
func (c *Client) pipFiles() (files []string) {
	own := c.Getenv("PIP_CONFIG_FILE")
	if own == os.DevNull {
		return nil
	}
	home := c.Home()
	if _, err := os.Stat(own); own != "" && err == nil {
		home = "" // pip reads no file of the user's beside one that is named
	}
	switch runtime.GOOS {
	case "windows":
		files = append(files, filepath.Join(c.Getenv("ProgramData"), "pip", "pip.ini"))
		if home != "" {
			files = append(files, filepath.Join(home, "pip", "pip.ini"), filepath.Join(c.Getenv("APPDATA"), "pip", "pip.ini"))
		}
	case "darwin":
		files = append(files, "/Library/Application Support/pip/pip.conf")
		if home != "" {
			files = append(files, filepath.Join(home, ".pip", "pip.conf"), filepath.Join(home, ".config", "pip", "pip.conf"),
				filepath.Join(home, "Library", "Application Support", "pip", "pip.conf"))
		}
	default:
		for _, dir := range filepath.SplitList(firstOf(c.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg")) {
			files = append(files, filepath.Join(dir, "pip", "pip.conf"))
		}
		files = append(files, "/etc/pip.conf")
		if home != "" {
			config := firstOf(c.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config"))
			files = append(files, filepath.Join(home, ".pip", "pip.conf"), filepath.Join(config, "pip", "pip.conf"))
		}
	}
	if env := c.Getenv("VIRTUAL_ENV"); env != "" {
		files = append(files, filepath.Join(env, "pip.conf"), filepath.Join(env, "pip.ini"))
	}
	if own != "" {
		files = append(files, own)
	}
	return files
}

// parsePipFile reads the sections that count for installing. A value may go on in
// lines that begin with a space.
func parsePipFile(data []byte) map[string]map[string]string {
	sections := map[string]map[string]string{"global": {}, "install": {}}
	var settings map[string]string
	name := ""
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		line := lines.Text()
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(text, "]"):
			settings, name = sections[text[1:len(text)-1]], ""
		case settings == nil:
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
			name = strings.TrimPrefix(name, "--")
			settings[name] = strings.TrimSpace(text[i+1:])
		}
	}
	return sections
}
