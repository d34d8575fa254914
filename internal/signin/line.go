package signin

import (
	"fmt"
	"sync"
	"time"
)

const (
	// placesPerProcessor is how many people may wait for each password that is checked at a
	// time.
	placesPerProcessor = 50
	// firstPace is how fast the line moves where it is not known yet.
	firstPace = 20 * time.Millisecond
	// longestWait is the longest time after which somebody is told to come again.
	longestWait = 30 * time.Second
)

// line is where people wait until their password is checked. It has so many places, and on a
// slow machine only as many as have their turn in time: who finds none is refused at once,
// before their account is looked for. First come, first served, as far as they are in it.
type line struct {
	places int

	mu     sync.Mutex
	length int
	pace   time.Duration // between one who leaves the line and the next, on average
	told   time.Time     // when the last of those who were refused is to come again
}

// place is one in the line. leave must follow.
type place struct {
	line    *line
	number  int // 1 is the first
	entered time.Time
}

// busyError says in how much time to come again.
type busyError struct{ wait time.Duration }

func (e busyError) Error() string { return fmt.Sprintf("too many sign-ins at once: wait %v", e.wait) }

// enter takes a place. The error is busyError where there is none left.
func (l *line) enter() (place, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.length >= l.places || l.over() > hashPatience {
		return place{}, l.later()
	}
	l.length++
	return place{l, l.length, time.Now()}, nil
}

// Waiting is how many people wait until their password is checked, and how many may.
func (in *SignIn) Waiting() (people, places int) {
	in.line.mu.Lock()
	defer in.line.mu.Unlock()
	return in.line.length, in.line.places
}

// leave gives the place back.
func (p place) leave() {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.line.length--
}

// served notes how fast the line moves: this was the turn of all those who were before.
func (p place) served() {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.line.pace += (time.Since(p.entered)/time.Duration(p.number) - p.line.pace) / 8
}

// lost is the refusal of somebody whose turn did not come in time.
func (p place) lost() error {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	return p.line.later()
}

// over is when the last of the line of now has had their turn.
func (l *line) over() time.Duration { return time.Duration(l.length) * l.pace }

// later refuses somebody. Everybody is told another time, one after the other as fast as the
// line moves, and the first of them when the line of now is over. Not all of them come: where
// the last time would be too far off, the times begin anew.
func (l *line) later() busyError {
	now := time.Now()
	soonest := now.Add(min(l.over(), hashPatience))
	l.told = l.told.Add(l.pace)
	if l.told.Before(soonest) || l.told.After(now.Add(longestWait)) {
		l.told = soonest
	}
	return busyError{l.told.Sub(now)}
}
