package compiler

import (
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/plan"
)

// ServiceError says that a service has to be named, or that there is none of the name.
type ServiceError struct {
	Wanted string // "" where none was named
	Names  []string
}

// Error names the services.
func (e *ServiceError) Error() string {
	if e.Wanted == "" {
		return "the bento has the services " + strings.Join(e.Names, ", ") + ", an image each"
	}
	return "there is no service " + e.Wanted
}

// Hint says what to name.
func (e *ServiceError) Hint() string {
	return "name one with --service: " + strings.Join(e.Names, ", ")
}

// Serve chooses the service that the images serve, once the bento is loaded. Where it has
// one alone, "" is that. Everything else of the bento is one for all of its services: the
// lock, the workspace, and the IR, which all images have whole. What is generated is from
// then on of the service alone.
func (s *Session) Serve(service string) error {
	service, err := s.serviceOf(service)
	if err != nil {
		return err
	}
	if s.service == service {
		return nil
	}
	s.service = service
	if s.Code == nil {
		return nil
	}
	code, diags, err := s.assemble()
	if err != nil {
		return err
	}
	s.Code = code
	return s.report(diags)
}

// serviceOf gives the service that an image is of, "" where the bento has one alone: the
// image is that of the bento.
func (s *Session) serviceOf(wanted string) (string, error) {
	names := slices.Sorted(maps.Keys(s.IR.Services))
	switch {
	case wanted != "" && !slices.Contains(names, wanted), wanted == "" && len(names) > 1:
		return "", &ServiceError{wanted, names}
	case len(names) == 1:
		return "", nil
	}
	return wanted, nil
}

// ImageName is what the image is called: as the bento, or, where it has several services,
// as the bento and the service.
func (s *Session) ImageName() string { return plan.ImageName(s.IR.Name, s.service) }
