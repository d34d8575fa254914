package mail

import "context"

// Look is what a Sender does each time.
func (s *Sender) Look(ctx context.Context) (more bool, err error) { return s.look(ctx) }

// For the tests.
var ErrTrouble = errTrouble

// The bounds of rounds and attempts.
const (
	PerStep     = perStep
	MaxAttempts = maxAttempts
	PerHour     = perHour
	PerBatch    = perBatch
)
