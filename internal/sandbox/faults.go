package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Faults are the faults that are set. The zero value is a Caramelo that works as
// documented.
type Faults struct {
	Answer         Slug     `json:"answer"`
	RetryAfter     Duration `json:"retry_after"` // header of an answer with an error status; 0 sends none
	Latency        Duration `json:"latency"`
	Jitter         Duration `json:"jitter"`         // a random wait of up to this is added to Latency
	TokenLifetime  Duration `json:"token_lifetime"` // 0 means 5 minutes
	ReusableTokens bool     `json:"reusable_tokens"`
	OneTab         bool     `json:"one_tab"`
	SDK            Slug     `json:"sdk"`
	Manner         Slug     `json:"manner"` // in which the script is built
	Socket         Slug     `json:"socket"`
	DropEvery      Duration `json:"drop_every"` // with socket-drops; 0 means 5 s
	Lenient        bool     `json:"lenient"`
}

const (
	defaultTokenLifetime = Duration(5 * time.Minute)
	defaultDropEvery     = Duration(5 * time.Second)
)

// Slug is the slug of a fault. "" stands for no fault and is written as "none".
type Slug string

// MarshalText implements [encoding.TextMarshaler].
func (s Slug) MarshalText() ([]byte, error) { return []byte(cmp.Or(s, "none")), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Slug) UnmarshalText(text []byte) error {
	*s = Slug(text)
	if *s == "none" {
		*s = ""
	}
	return nil
}

// Duration is a time.Duration that is written as "300ms", "2s" or "5m".
type Duration time.Duration

// String leaves out the zeros at the end of time.Duration.String: 5m instead of
// 5m0s.
func (d Duration) String() string {
	text := strings.TrimSuffix(time.Duration(d).String(), "m0s")
	if text != time.Duration(d).String() {
		text += "m"
	}
	if hours, whole := strings.CutSuffix(text, "h0m"); whole {
		text = hours + "h"
	}
	return text
}

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// faultField describes a field of Faults and the values that it may hold.
type faultField struct {
	Name     string            // in JSON and in the panel's form
	pointer  func(*Faults) any // to the field: a *Slug, *Duration or *bool
	group    string            // of a Slug
	min, max time.Duration     // of a Duration
}

var faultFields = []faultField{
	{
		Name:    "answer",
		pointer: func(f *Faults) any { return &f.Answer },
		group:   Answers,
	},
	{
		Name:    "retry_after",
		pointer: func(f *Faults) any { return &f.RetryAfter },
		max:     time.Hour,
	},
	{
		Name:    "latency",
		pointer: func(f *Faults) any { return &f.Latency },
		max:     30 * time.Second,
	},
	{
		Name:    "jitter",
		pointer: func(f *Faults) any { return &f.Jitter },
		max:     30 * time.Second,
	},
	{
		Name:    "token_lifetime",
		pointer: func(f *Faults) any { return &f.TokenLifetime },
		min:     time.Second,
		max:     24 * time.Hour,
	},
	{
		Name:    "reusable_tokens",
		pointer: func(f *Faults) any { return &f.ReusableTokens },
	},
	{
		Name:    "one_tab",
		pointer: func(f *Faults) any { return &f.OneTab },
	},
	{
		Name:    "sdk",
		pointer: func(f *Faults) any { return &f.SDK },
		group:   SDK,
	},
	{
		Name:    "manner",
		pointer: func(f *Faults) any { return &f.Manner },
		group:   Manners,
	},
	{
		Name:    "socket",
		pointer: func(f *Faults) any { return &f.Socket },
		group:   Sockets,
	},
	{
		Name:    "drop_every",
		pointer: func(f *Faults) any { return &f.DropEvery },
		min:     time.Second,
		max:     time.Hour,
	},
	{
		Name:    "lenient",
		pointer: func(f *Faults) any { return &f.Lenient },
	},
}

// Allowed describes the values that the field may hold.
func (f faultField) Allowed() string {
	switch {
	case f.group != "":
		return "one of none, " + strings.Join(slugs(f.group), ", ")
	case f.max > 0:
		const format = `a duration such as "300ms", "2s" or "5m", from %v to %v`
		return fmt.Sprintf(format, Duration(f.min), Duration(f.max))
	}
	return "true or false"
}

// fieldError names a field and the values that it may hold. It never repeats the
// value that was sent.
type fieldError struct{ faultField }

func (e fieldError) Error() string { return fmt.Sprintf("%q must be %s", e.Name, e.Allowed()) }

// checked returns f with the defaults filled in, and an error for each field that
// is out of bounds.
func (f Faults) checked() (Faults, error) {
	f.TokenLifetime = cmp.Or(f.TokenLifetime, defaultTokenLifetime)
	f.DropEvery = cmp.Or(f.DropEvery, defaultDropEvery)
	var errs []error
	for _, field := range faultFields {
		wrong := false
		switch v := field.pointer(&f).(type) {
		case *Slug:
			wrong = *v != "" && !slices.Contains(slugs(field.group), string(*v))
		case *Duration:
			wrong = time.Duration(*v) < field.min || time.Duration(*v) > field.max
		}
		if wrong {
			errs = append(errs, fieldError{field})
		}
	}
	return f, errors.Join(errs...)
}

// with returns f changed by the fields of a JSON object.
func (f Faults) with(object []byte) (Faults, error) {
	var sent map[string]json.RawMessage
	if json.Unmarshal(object, &sent) != nil || sent == nil {
		return f, errors.New("the body must be one JSON object")
	}
	var names []string
	for _, field := range faultFields {
		names = append(names, field.Name)
		value, given := sent[field.Name]
		if !given {
			continue
		}
		if bytes.Equal(value, []byte("null")) || json.Unmarshal(value, field.pointer(&f)) != nil {
			return f, fieldError{field}
		}
		delete(sent, field.Name)
	}
	if len(sent) > 0 {
		return f, fmt.Errorf("there is an unknown field: the fields are %s", strings.Join(names, ", "))
	}
	return f.checked()
}

// Set sets the faults, which count from the next call on.
func (s *Sandbox) Set(f Faults) error {
	s.changes.Lock()
	defer s.changes.Unlock()
	checked, err := f.checked()
	if err == nil {
		s.faults.Store(&checked)
	}
	return err
}
