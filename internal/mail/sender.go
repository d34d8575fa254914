package mail

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Sender sends what waits in the outbox. Each replica has one; a mail is sent by one of them.
type Sender struct {
	Outbox *Outbox
	Store  *store.Store
	Server Server
	// Speak returns a context in the language of a recipient.
	Speak     func(ctx context.Context, lang string) context.Context
	PublicURL *url.URL
	Log       *slog.Logger
	// Before is done each time before the outbox is looked into.
	Before []func(context.Context) error
	// Tell is told how each attempt ended, in a word of Results; Waiting what there is to do.
	Tell    func(result string)
	Waiting func(Backlog)
	// Every is how often the outbox is looked into; 0 is often enough that nobody waits for it.
	Every time.Duration

	looked, swept time.Time
}

// Backlog is what waits in the outbox.
type Backlog struct {
	Mails  int
	Oldest time.Duration // how long it has waited
}

// How an attempt can end. All but the last two end the mail.
const (
	sent     = "sent"
	refused  = "refused"  // by the mail server, for good
	givenUp  = "given_up" // after too many attempts, or too late
	needless = "needless"
	again    = "again"   // the mail server says: later
	trouble  = "trouble" // with the mail server, and not with this mail
)

// Results are all of them.
var Results = []string{sent, refused, givenUp, needless, again, trouble}

// The pace of a sender.
const (
	lookEvery   = 3 * time.Second
	perBatch    = 50
	batchTime   = 2 * time.Minute
	turn        = 10 * time.Minute // in which no other replica takes a mail: longer than a batch
	maxAttempts = 12
	firstPause  = time.Minute
	maxPause    = 4 * time.Hour
	downPause   = 5 * time.Second // and twice that each time, while the server is in trouble
	maxDown     = 5 * time.Minute
	beginEvery  = 15 * time.Minute
	countEvery  = 15 * time.Second
)

// Run sends until ctx ends. A mail that is being sent then has grace to end.
func (s *Sender) Run(ctx context.Context) {
	down := 0
	for {
		more, err := s.look(ctx)
		pause := cmp.Or(s.Every, lookEvery)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errTrouble):
			pause = backoff(downPause, maxDown, down)
			down++
		case err != nil:
			s.Log.LogAttrs(ctx, slog.LevelWarn, "mail", slog.Any("error", err))
			pause *= 5
		case more:
			down, pause = 0, 0
		default:
			down = 0
		}
		timer := time.NewTimer(jitter(pause))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// jitter is a pause a little longer or shorter, so that replicas do not come at the same time.
func jitter(pause time.Duration) time.Duration {
	return pause + time.Duration((rand.Float64()-0.5)*0.4*float64(pause)) // #nosec G404 -- no secret
}

// backoff is how long to wait after n failures.
func backoff(first, longest time.Duration, n int) time.Duration {
	return min(first<<min(n, 20), longest)
}

// look does once what there is to do, and reports whether there is more.
func (s *Sender) look(ctx context.Context) (more bool, err error) {
	for _, f := range s.Before {
		if err := f(ctx); err != nil {
			return false, err
		}
	}
	if time.Since(s.swept) > beginEvery {
		if err := cmp.Or(s.begin(ctx), s.sweep(ctx)); err != nil {
			return false, err
		}
		s.swept = time.Now()
	}
	stepped, err := s.step(ctx)
	if err != nil {
		return false, err
	}
	n, err := s.batch(ctx)
	if err == nil && time.Since(s.looked) > countEvery {
		err = s.count(ctx)
		s.looked = time.Now()
	}
	return stepped || n == perBatch, err
}

// count tells how much waits.
func (s *Sender) count(ctx context.Context) error {
	var b Backlog
	var seconds float64
	err := s.Store.Pool.QueryRow(ctx, `
		SELECT count(*), coalesce(extract(epoch FROM now() - min(made_at)), 0)::float8
		FROM mail_outbox WHERE ended_at IS NULL`).Scan(&b.Mails, &seconds)
	b.Oldest = time.Duration(seconds * float64(time.Second))
	if err == nil && s.Waiting != nil {
		s.Waiting(b)
	}
	return store.Wrap(err, "count the mail that waits")
}

// sweep removes what has ended some time ago. A round stays longer, so that nobody is told
// the same twice.
func (s *Sender) sweep(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM mail_outbox WHERE ended_at < now() - interval '14 days'`)
	batch.Queue(`DELETE FROM mail_rounds WHERE ended_at < now() - interval '400 days'`)
	batch.Queue(`DELETE FROM forgotten_passwords WHERE made_at < now() - interval '1 day'`)
	return s.Store.Send(ctx, batch, "sweep the outbox")
}

// waiting is a row of the outbox whose turn has come.
type waiting struct {
	ID       int64
	PersonID string
	Kind     string
	About    string
	Sealed   string
	Bulk     bool
	MadeAt   time.Time
	Late     bool // it is past its time
	Attempts int  // with this one
	Name     string
	Email    string
	Lang     string
	TimeZone string
	Active   bool // its person works here
	Unwanted bool // they have said that they can do without it
}

// take takes the mails whose turn has come: no other replica has them then.
func (s *Sender) take(ctx context.Context) (all []waiting, err error) {
	rows, _ := s.Store.Pool.Query(ctx, `
		WITH due AS MATERIALIZED (
			SELECT id FROM mail_outbox WHERE ended_at IS NULL AND next_at <= now()
			ORDER BY bulk, next_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
		)
		UPDATE mail_outbox o SET attempts = attempts + 1, next_at = now() + $2::interval
		FROM due, people p
		WHERE o.id = due.id AND p.id = o.person_id
		RETURNING o.id, o.person_id, o.kind, o.about, o.sealed, o.bulk, o.made_at, o.until < now() AS late, o.attempts,
			p.name, p.email, p.lang, p.time_zone,
			p.active,
			EXISTS (SELECT FROM mail_unwanted u WHERE u.person_id = p.id AND u.kind = o.kind) AS unwanted`,
		perBatch, turn)
	all, err = pgx.CollectRows(rows, pgx.RowToStructByName[waiting])
	return all, store.Wrap(err, "take mail")
}

// errTrouble says that the mail server cannot be used at the moment.
var errTrouble = errors.New("the mail server cannot be used")

// batch sends what is due, with one connection, and returns how many mails it has dealt with.
func (s *Sender) batch(ctx context.Context) (n int, err error) {
	all, err := s.take(ctx)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	// What has ended is written down though the server shuts down meanwhile.
	saving := context.WithoutCancel(ctx)
	began := time.Now()
	line := connection{server: s.Server}
	defer line.close()
	for n, w := range all {
		if ctx.Err() != nil || time.Since(began) > batchTime {
			return n, s.giveBack(saving, all[n:])
		}
		out, err := s.send(ctx, &line, w)
		if err != nil {
			return n, errors.Join(err, s.giveBack(saving, all[n:]))
		}
		s.tell(out.result)
		if out.result == trouble {
			s.Log.LogAttrs(ctx, slog.LevelWarn, "the mail server cannot be used", slog.String("reason", out.reason))
			return n, errors.Join(errTrouble, s.giveBack(saving, all[n:]))
		}
		if err := s.note(saving, w, out); err != nil {
			return n, errors.Join(err, s.giveBack(saving, all[n+1:]))
		}
	}
	return len(all), nil
}

func (s *Sender) tell(result string) {
	if s.Tell != nil {
		s.Tell(result)
	}
}

// outcome is how an attempt ended.
type outcome struct {
	result string // one of Results
	reason string // ours, with the server's code: what it says may repeat an address
}

// send puts a mail together and sends it. An error is one of the database.
func (s *Sender) send(ctx context.Context, line *connection, w waiting) (outcome, error) {
	kind, known := s.kind(w.Kind)
	switch {
	case !known || !w.Active || w.Unwanted && !kind.Always:
		return outcome{needless, ""}, nil
	case w.Late:
		return outcome{givenUp, "it was too late"}, nil
	}
	secret, err := s.Outbox.Seal.Open(w.Sealed, owner(w.Kind, w.PersonID))
	if err != nil {
		return outcome{givenUp, "SECRET_KEY is another than when it was written"}, nil
	}
	speaking := s.Speak(ctx, w.Lang)
	letter, err := kind.Compose(speaking, Mail{
		Store: s.Store, About: w.About, Secret: secret, At: w.MadeAt,
		To:   Recipient{ID: w.PersonID, Name: w.Name, Email: w.Email, Zone: zone(w.TimeZone)},
		Link: s.link,
	})
	if errors.Is(err, ErrNeedless) {
		return outcome{needless, ""}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	message, err := s.message(speaking, w, kind, letter)
	if err != nil {
		return outcome{givenUp, "its address is none that mail can be sent to"}, nil
	}
	out := line.send(ctx, message)
	if out.result == again && w.Attempts >= maxAttempts {
		out.result = givenUp
	}
	return out, nil
}

func (s *Sender) link(path string) string { return s.PublicURL.String() + path }

// note writes down how an attempt ended. A row that was written anew meanwhile is another mail.
func (s *Sender) note(ctx context.Context, w waiting, out outcome) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if out.result == again {
		_, err := s.Store.Pool.Exec(ctx, `UPDATE mail_outbox SET next_at = now() + $4::interval, reason = $5
			WHERE id = $1 AND made_at = $2 AND attempts = $3`,
			w.ID, w.MadeAt, w.Attempts, jitter(backoff(firstPause, maxPause, w.Attempts-1)), out.reason)
		return store.Wrap(err, "put mail off")
	}
	return store.Wrap(pgx.BeginFunc(ctx, s.Store, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE mail_outbox SET ended_at = now(), result = $4, reason = $5, sealed = ''
			WHERE id = $1 AND made_at = $2 AND attempts = $3`, w.ID, w.MadeAt, w.Attempts, out.result, out.reason)
		if err != nil || tag.RowsAffected() == 0 || w.Bulk || out.result == sent || out.result == needless {
			return err
		}
		return store.RecordIn(ctx, tx, postmaster, store.Entry{
			Action: Failed, SubjectID: w.PersonID, Subject: w.Email, Detail: w.Kind + ": " + out.reason,
		})
	}), "note how mail ended")
}

// postmaster is who records what could not be delivered.
var postmaster = &store.Person{Email: "mail"}

// giveBack lets the next one take mails that nobody has tried.
func (s *Sender) giveBack(ctx context.Context, all []waiting) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	batch := &pgx.Batch{}
	for _, w := range all {
		batch.Queue(`UPDATE mail_outbox SET next_at = now(), attempts = attempts - 1
			WHERE id = $1 AND made_at = $2 AND attempts = $3`, w.ID, w.MadeAt, w.Attempts)
	}
	return s.Store.Send(ctx, batch, "give mail back")
}
