// Package signin is how people prove who they are: signing in and out, the second
// factor, the proof of identity before a sensitive change, and one-time links. The
// frame asks it through web.SignIn.
package signin

import (
	"cmp"
	"context"
	"embed"
	"runtime"
	"time"

	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// The values of Config.Required: who must have a second factor.
const (
	Optional = "optional"
	Admins   = "admins"
	Everyone = "everyone"
)

// Config is what signing in needs.
type Config struct {
	Passwords *password.Hasher
	// Seal keeps the secrets of second factors from whoever reads the database.
	Seal seal.Sealer
	// Required is who must have a second factor: Optional, Admins or Everyone.
	Required string
	// Places is how many people may wait until their password is checked; 0 is as many as
	// are answered in time.
	Places int
	// Tried is told how each try to sign in ended, in a word of Results; nil is nobody.
	Tried func(result string)
	// PasswordsFor is who may sign in with a password: Everyone, which "" is too, or Admins,
	// for the day on which no other way works.
	PasswordsFor string
	// Way is another way to sign in; nil is none.
	Way func(*SignIn) Way
	// Now is the time for the codes of second factors; nil is the clock's.
	Now func() time.Time
}

//go:embed en.json pt.json es.json
var texts embed.FS

// SignIn is how people sign in to one intranet. Plug gives it its server.
type SignIn struct {
	*web.Server
	config   Config
	accounts accounts
	factors  factors
	limiter  limiter
	way      Way // zero where there is no other
	line     *line
	patience time.Duration // for a turn to check a password
}

// New returns a sign-in. Its Plug is what web.Config.SignIn takes.
func New(config Config) *SignIn {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Tried == nil {
		config.Tried = func(string) {}
	}
	places := cmp.Or(config.Places, placesPerProcessor*runtime.GOMAXPROCS(0))
	return &SignIn{config: config, line: &line{places: places, pace: firstPace}, patience: hashPatience}
}

// Plug makes it the sign-in of a server.
func (in *SignIn) Plug(s *web.Server) web.SignIn {
	in.Server, in.limiter = s, limiter{s}
	in.accounts, in.factors = accounts{s.Store, s.Mail}, factors{s.Store, s.Mail}
	if in.config.Way != nil {
		in.way = in.config.Way(in)
	}
	plug := web.SignIn{
		Routes:          in.routes(),
		Texts:           texts,
		ConfirmedLately: in.Confirmed,
		Confirm:         in.confirm,
		ChangePassword:  in.changePassword,
	}
	if in.config.Required == Admins || in.config.Required == Everyone {
		plug.Required = in.required
	}
	return plug
}

func (in *SignIn) routes() []web.Route {
	factor, forgotten := factorPages{in}, forgottenPages{in}
	return []web.Route{
		web.Get(paths.Login, web.Public, in.newSession),
		web.Post(paths.Login, web.Public, in.createSession),
		web.Get(paths.LoginCode, web.Public, in.newCode),
		web.Post(paths.LoginCode, web.Public, in.createCode),
		web.Post(paths.Logout, web.Employees, in.destroySession).WhileEnrolling(),
		web.Get(paths.Forgotten, web.Public, forgotten.show),
		web.Post(paths.Forgotten, web.Public, forgotten.ask),
		web.Get(paths.Invitation, web.Public, in.showInvitation),
		web.Post(paths.Invitation, web.Public, in.acceptInvitation),
		web.Get(paths.SecondFactor, web.Employees, factor.show).WhileEnrolling(),
		web.Post(paths.SecondFactor, web.Employees, factor.begin).WithProof().WhileEnrolling(),
		web.Post(paths.SecondFactorConfirm, web.Employees, factor.confirmCode).WithProof().WhileEnrolling(),
		web.Post(paths.SecondFactorRecovery, web.Employees, factor.replaceRecoveryCodes).WithProof(),
		web.Post(paths.SecondFactorRemove, web.Employees, factor.remove).WithProof(),
	}
}

// required is where somebody has to go who must still add a second factor.
func (in *SignIn) required(ctx context.Context) string {
	if in.mustEnrol(ctx) {
		return paths.SecondFactor
	}
	return ""
}

// mustEnrol reports whether the person has to add a second factor before they
// can go on. Who has given one where they came from does not need another.
func (in *SignIn) mustEnrol(ctx context.Context) bool {
	session := store.SessionOf(ctx)
	must := in.config.Required == Everyone || in.config.Required == Admins && session.Person.Role == store.Admin
	return must && !session.SecondFactor && in.Sessions().GetString(ctx, vouchedKey) == ""
}
