// Package checks holds how a check ended, and prints the results for people and for machines.
package checks

import "fmt"

// Level says how a check ended.
type Level string

// The levels.
const (
	Fine    Level = "ok"
	Warning Level = "warning" // it works, and yet is not right
	Failure Level = "failure"
	Skipped Level = "skipped" // it depends on one that failed, or was not asked for
)

// Check is the result of looking at one thing. It never holds a secret, nor the
// text of an error from outside, which may repeat one.
type Check struct {
	ID    string `json:"id"` // stable, such as postgres.reachable
	Level Level  `json:"level"`
	Seen  string `json:"seen"`
	Mend  string `json:"mend,omitempty"` // how to; for warnings and failures
}

// OK says what was seen, and that it is right.
func OK(format string, args ...any) Check {
	return Check{Level: Fine, Seen: fmt.Sprintf(format, args...)}
}

// Skip says why a check was not made.
func Skip(format string, args ...any) Check {
	return Check{Level: Skipped, Seen: fmt.Sprintf(format, args...)}
}

// Warn and Fail say what was seen. How to mend it follows: Fail("nothing listens").MendBy("start it").
func Warn(format string, args ...any) Check {
	return Check{Level: Warning, Seen: fmt.Sprintf(format, args...)}
}

// Fail is as Warn, for what does not work.
func Fail(format string, args ...any) Check {
	return Check{Level: Failure, Seen: fmt.Sprintf(format, args...)}
}

// MendBy says how to mend it.
func (c Check) MendBy(how string) Check {
	c.Mend = how
	return c
}
