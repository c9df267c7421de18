package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"bentoc.dev/runtime/engine"
)

// folder is where the models of the generation come from.
func (g *generation) folder() string {
	if g.models == "" {
		return engine.Models
	}
	return g.models
}

// reload serves models that are opened anew, out of folder, or out of where the ones that
// are served came from if that is "". Requests are answered by the old ones until the new
// ones are open and have given the golden answers; where they do not, the old ones stay.
func (s *server) reload(folder string) error {
	s.reloading.Lock() // what is there now is that of the one before
	defer s.reloading.Unlock()
	if folder == "" {
		folder = s.current.Load().models
	}
	if folder = filepath.Clean(folder); folder == engine.Models || folder == "." {
		folder = ""
	}
	_, err := s.swap(s.build, folder)
	result := "done"
	if err != nil {
		result = "refused"
		s.log.Error("the models stay as they were", "err", err)
	}
	s.registry.Counter("bentoc_reload_total", "Times that models were to be opened anew, by what came of it.", "result", result).Inc()
	return err
}

// reloads opens the models anew at each SIGHUP, until stop is called.
func (s *server) reloads() (stop func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	go func() {
		for range asked {
			_ = s.reload("") // which logs it
		}
	}()
	return func() {
		signal.Stop(asked)
		close(asked) // a model that is being opened is not waited for
	}
}

// showModels tells where the models come from.
func (s *server) showModels(w http.ResponseWriter, _ *http.Request) {
	g := s.current.Load()
	answerLocal(w, http.StatusOK, map[string]string{"folder": g.folder(), "digest": g.bento.Digest})
}

// maxReload bounds the body of a reload, in bytes.
const maxReload = 64 << 10

// postModels opens the models anew, out of {"folder": "/path"} or, without a body, out of
// where they came from, and answers when requests get to them.
func (s *server) postModels(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Folder string `json:"folder"`
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReload))
	d.DisallowUnknownFields()
	err := d.Decode(&ask)
	if errors.Is(err, io.EOF) {
		err = nil
	} else if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
		if err == nil && !filepath.IsAbs(ask.Folder) {
			err = fmt.Errorf("folder %q is no absolute path", ask.Folder)
		}
	}
	if err != nil {
		answerLocal(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	start := time.Now()
	if err := s.reload(ask.Folder); err != nil {
		answerLocal(w, http.StatusConflict, map[string]string{"error": err.Error()})
		return
	}
	answerLocal(w, http.StatusOK, map[string]string{"folder": s.current.Load().folder(), "took": time.Since(start).String()})
}
