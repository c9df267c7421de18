package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
)

// router finds the handler of a path. Paths are matched exactly: a bento has no
// patterns, and a map has no surprises.
type router struct {
	routes map[string]*route
	server string // the header Server
	misses *metrics.Endpoint
	access *logging.Access
	name   string // of the bento, for the log
	// leaving is set when answers are to end their connections.
	leaving *atomic.Bool
}

// route is what is served at one path; either may be nil.
type route struct {
	get  http.Handler // GET and HEAD
	post http.Handler
}

func (rt *router) get(path string, h http.Handler) error {
	r := rt.at(path)
	if r.get != nil {
		return fmt.Errorf("GET %s is served twice", path)
	}
	r.get = h
	return nil
}

func (rt *router) post(path string, h http.Handler) error {
	r := rt.at(path)
	if r.post != nil || (r.get != nil && path != "/") {
		return fmt.Errorf("the route %s is taken", path)
	}
	r.post = h
	return nil
}

// add serves a route of a protocol.
func (rt *router) add(r protocol.Route) error {
	if r.Method == http.MethodGet {
		return rt.get(r.Path, r.Handler)
	}
	return rt.post(r.Path, r.Handler)
}

func (rt *router) at(path string) *route {
	r := rt.routes[path]
	if r == nil {
		r = &route{}
		rt.routes[path] = r
	}
	return r
}

// ServeHTTP serves one request.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protocol.SetField(w, r, "Server", rt.server)
	// Browsers are to take an answer for what its Content-Type says: it may hold what a
	// client sent.
	protocol.SetField(w, r, "X-Content-Type-Options", "nosniff")
	if rt.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	found := rt.routes[r.URL.Path]
	if found == nil {
		rt.refuse(w, r, http.StatusNotFound, metrics.Path, rt.missing(r.URL.Path))
		return
	}
	switch r.Method {
	case http.MethodPost:
		if found.post != nil {
			found.post.ServeHTTP(w, r)
			return
		}
	case http.MethodGet, http.MethodHead:
		if found.get != nil {
			found.get.ServeHTTP(w, r)
			return
		}
	}
	if found.get == nil {
		found.post.ServeHTTP(w, r) // refuses other methods and counts them as its own
		return
	}
	allow := "GET, HEAD"
	if found.post != nil {
		allow += ", POST"
	}
	w.Header().Set("Allow", allow)
	rt.refuse(w, r, http.StatusMethodNotAllowed, metrics.Method, "method "+r.Method+" is not allowed")
}

// missing says that a path is not served, and which may be meant.
func (rt *router) missing(path string) string {
	if len(path) > 200 {
		path = path[:200] + "…"
	}
	path = strings.ToValidUTF8(path, "�")
	near := strings.TrimRight(path, "/")
	if rt.routes[near] != nil && near != path {
		return fmt.Sprintf("nothing is served at %s: did you mean %s", path, near)
	}
	return fmt.Sprintf("nothing is served at %s: see /schema.json", path)
}

// refuse answers what no handler answers.
func (rt *router) refuse(w http.ResponseWriter, r *http.Request, status int, why metrics.Reason, message string) {
	start := time.Now()
	rt.misses.Begin(start)
	rt.misses.Reject(why)
	body := rest.ErrorBody(message, nil)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone away
	took := time.Since(start)
	rt.misses.End(status, took)
	trace := logging.NewTrace(r.Header.Get("Traceparent"))
	if !rt.access.Wants(status, took, &trace) {
		return
	}
	rt.access.Log(&logging.Entry{
		Time: start, Duration: took, Service: rt.name, Remote: r.RemoteAddr, Method: r.Method, Path: r.URL.Path,
		RequestType: r.Header.Get("Content-Type"), RequestLength: r.ContentLength,
		Status: status, ResponseType: "application/json", ResponseLength: int64(len(body)), Trace: &trace,
		RequestID: protocol.RequestID(r), Reason: why.String(),
	})
}
