package signin

import (
	"context"
	"time"

	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// What the tests of this package see of it: they run an intranet with webtest,
// which imports this package.
var (
	PairRate         = pairRate
	AccountRate      = accountRate
	AddressRate      = addressRate
	CodeRate         = codeRate
	FailureRate      = failureRate
	PasswordLimits   = passwordLimits
	TOTPStep         = totpStep
	NewRecoveryCodes = newRecoveryCodes
	NormalCode       = normalCode
	LinkCode         = linkCode
	ResultOf         = resultOf
)

const (
	KnownFor        = knownFor
	ConfirmedFor    = confirmedFor
	PendingFor      = pendingFor
	PendingSinceKey = pendingSinceKey
	RecoveryCodeLen = recoveryCodeLen
)

// WaitFor is how long a try may take until its turn to be checked comes.
func (in *SignIn) WaitFor(d time.Duration) { in.patience = d }

// Line is how many wait until their password is checked, and how fast their line moves.
func (in *SignIn) Line() (length int, pace time.Duration) { return in.line.length, in.line.pace }

// FillLine takes all places in that line, and
// returns what gives them back.
func (in *SignIn) FillLine() (empty func()) {
	var taken []place
	for {
		p, err := in.line.enter()
		if err != nil {
			break
		}
		taken = append(taken, p)
	}
	return func() {
		for _, p := range taken {
			p.leave()
		}
	}
}

// SealWith keeps the secrets of second factors with another key.
func (in *SignIn) SealWith(s seal.Sealer) { in.config.Seal = s }

// Accept uses a one-time code up.
func (in *SignIn) Accept(ctx context.Context, code, hash string) error {
	return in.accounts.accept(ctx, store.Visitor, code, hash)
}

// Rehash stores a stronger hash of the password that c has.
func (in *SignIn) Rehash(ctx context.Context, c Credentials, hash string) error {
	return in.accounts.rehash(ctx, c, hash)
}
