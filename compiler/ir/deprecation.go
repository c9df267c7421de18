package ir

import "time"

// Deprecation says that an endpoint or a field will be taken away: callers stop using
// it while it is still promised.
type Deprecation struct {
	Since string `json:"since,omitempty"` // the first day on which callers are told, such as 2026-12-01; "" is not said
	Until string `json:"until"`           // the last day on which it is promised, such as 2027-03-01
	Why   string `json:"why"`             // what to use in its place, for callers
	Pos   Pos    `json:"-"`
}

// Date reads a day such as 2027-03-01: its first second, in UTC.
func Date(day string) (time.Time, error) { return time.Parse(time.DateOnly, day) }

// End gives the last second of a day such as 2027-03-01, in UTC; the zero time where it
// is no day, which the checks report.
func End(day string) time.Time {
	t, err := Date(day)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1).Add(-time.Second)
}

// Words says it in a sentence for callers.
func (d *Deprecation) Words() string { return "Deprecated, promised until " + d.Until + ": " + d.Why }
