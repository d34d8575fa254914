package mail_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const secret = "canary-of-a-one-time-link"

// The kinds of the tests: one that nobody can do without, one that people choose, and one of
// many at once.
var (
	safety = mail.Kind{Name: "safety", Always: true, Life: time.Hour, Compose: compose}
	choice = mail.Kind{Name: "choice", Life: time.Hour, Compose: compose}
	many   = mail.Kind{
		Name: "many", Life: time.Hour, Compose: compose,
		Recipients: `SELECT id FROM people WHERE active AND $1 <> '' AND id > $2 ORDER BY id LIMIT $3`,
	}
	due = mail.Kind{
		Name: "due", Life: time.Hour, Compose: compose,
		Due:        `SELECT p.title FROM people p WHERE p.title LIKE 'due%'`,
		Recipients: `SELECT id FROM people WHERE title = $1 AND id > $2 ORDER BY id LIMIT $3`,
	}
)

func compose(_ context.Context, m mail.Mail) (mail.Letter, error) {
	if m.About == "nothing" {
		return mail.Letter{}, mail.ErrNeedless
	}
	return mail.Letter{
		Subject: "About " + m.About, Paragraphs: []string{"A text & more."},
		Button: mail.Button{Text: "Go on", URL: m.Link("/invitation#" + m.Secret)},
	}, nil
}

// office is a company that sends mail.
type office struct {
	t      *testing.T
	pool   *pgxpool.Pool
	store  *store.Store
	outbox *mail.Outbox
	box    *mailtest.Box
	sender *mail.Sender
	log    *strings.Builder
	ids    map[string]string

	mu   sync.Mutex
	told []string
}

func open(t *testing.T, box *mailtest.Box) *office {
	t.Helper()
	o := &office{t: t, pool: testdb.New(t), box: box, log: &strings.Builder{}, ids: map[string]string{}}
	o.store = store.New(o.pool)
	sealer, err := seal.New("the key of the tests, which is long enough")
	if err != nil {
		t.Fatal(err)
	}
	o.outbox = &mail.Outbox{Seal: sealer, Kinds: []mail.Kind{safety, choice, many, due}}
	for name, lang := range map[string]string{"ana": "pt", "bea": "en", "caio": "es"} {
		var id string
		err := o.pool.QueryRow(t.Context(), `INSERT INTO people (name, email, lang) VALUES ($1, $2, $3) RETURNING id`,
			name, name+"@company.example", lang).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		o.ids[name] = id
	}
	o.sender = o.replica()
	return o
}

// replica is another sender of the same company.
func (o *office) replica() *mail.Sender {
	o.t.Helper()
	texts, err := i18n.Load(mail.Texts)
	if err != nil {
		o.t.Fatal(err)
	}
	return &mail.Sender{
		Outbox: o.outbox, Store: o.store, Server: o.box.Server(), Speak: texts.With,
		PublicURL: &url.URL{Scheme: "https", Host: "intranet.company.example"},
		Log:       slog.New(slog.NewTextHandler(o, nil)), Every: time.Millisecond,
		Tell: func(result string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.told = append(o.told, result)
		},
	}
}

func (o *office) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(p)
}

func (o *office) queue(kind mail.Kind, name, about string) (queued bool) {
	o.t.Helper()
	err := pgx.BeginFunc(o.t.Context(), o.store, func(tx pgx.Tx) (err error) {
		queued, err = o.outbox.Queue(o.t.Context(), tx, kind,
			mail.Queued{PersonID: o.ids[name], About: about, Secret: secret})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return queued
}

// look lets the sender look once, and returns how that went.
func (o *office) look() error {
	_, err := o.sender.Look(o.t.Context())
	return err
}

func (o *office) sends() {
	o.t.Helper()
	if err := o.look(); err != nil {
		o.t.Fatal(err)
	}
}

// row is what the outbox has of a mail.
type row struct {
	Result, Reason, Sealed string
	Attempts               int
	Later                  bool // its next attempt is to come
}

func (o *office) row(about string) (r row) {
	o.t.Helper()
	rows, _ := o.pool.Query(o.t.Context(), `SELECT coalesce(result, '') AS result, reason, sealed, attempts,
		ended_at IS NULL AND next_at > now() + interval '10 seconds' AS later FROM mail_outbox WHERE about = $1`, about)
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	if _, err := o.pool.Exec(o.t.Context(), sql, args...); err != nil {
		o.t.Fatal(err)
	}
}

// results are those that were told, and how often.
func (o *office) results() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	counts := map[string]int{}
	for _, result := range o.told {
		counts[result]++
	}
	return counts
}

func TestAMailIsTextAndHTMLInItsReadersLanguage(t *testing.T) {
	t.Parallel()
	for _, security := range []mail.Security{mail.StartTLS, mail.TLS, mail.Unencrypted} {
		o := open(t, mailtest.Start(t, security))
		o.queue(choice, "ana", "lunch")
		o.sends()
		m := o.box.Next()
		link := "https://intranet.company.example/invitation#" + secret
		if m.From != mailtest.From || m.To != "ana@company.example" || m.Subject() != "About lunch" {
			t.Errorf("%s to %s: %s", m.From, m.To, m.Subject())
		}
		for _, text := range []string{"Olá, ana!", "A text & more.", link} {
			if !strings.Contains(m.Text, text) {
				t.Errorf("the text has no %q: %s", text, m.Text)
			}
		}
		for _, text := range []string{
			`lang="pt-BR"`, "Olá, ana!", "A text &amp; more.", `href="` + link + `"`, "color-scheme",
			"prefers-color-scheme: dark", "#96480F", "#F0A868",
		} {
			if !strings.Contains(m.HTML, text) {
				t.Errorf("the HTML has no %q: %s", text, m.HTML)
			}
		}
		if strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "ZgotmplZ") {
			t.Error(m.HTML)
		}
		for name, want := range map[string]string{
			"Auto-Submitted": "auto-generated", "Content-Language": "pt-BR",
			"List-Unsubscribe": "<https://intranet.company.example/account/mail>", "Bcc": "",
		} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@intranet.company.example>") {
			t.Error(id)
		}
		if at, err := m.Header.Date(); err != nil || time.Since(at) > time.Minute {
			t.Error(at, err)
		}
		if r := o.row("lunch"); r.Result != "sent" || r.Sealed != "" || r.Attempts != 1 {
			t.Errorf("%+v", r)
		}
	}
}

// Whatever somebody is called, their name adds no line to the head of a mail.
func TestANameIsNoHeader(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.exec(`UPDATE people SET name = E'Bea\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>' WHERE id = $1`,
		o.ids["bea"])
	o.queue(choice, "bea", "x\r\nBcc: eve@evil.example")
	o.sends()
	m := o.box.Next()
	if m.Header.Get("Bcc") != "" || strings.Contains(m.HTML, "<script>") || len(o.box.Mails()) != 1 {
		t.Error(m.Raw)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != "bea@company.example" {
		t.Error(to, err)
	}
}

func TestNothingIsSentOfWhatIsRolledBack(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	broken := errors.New("broken")
	err := pgx.BeginFunc(t.Context(), o.store, func(tx pgx.Tx) error {
		_, err := o.outbox.Queue(t.Context(), tx, choice, mail.Queued{PersonID: o.ids["bea"], About: "never"})
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	o.queue(choice, "bea", "now")
	o.sends()
	if all := o.box.Mails(); len(all) != 1 || all[0].Subject() != "About now" {
		t.Error(len(all))
	}
}

// Many replicas send each mail once, and each with few connections.
func TestEachMailIsSentByOneReplica(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	const mails = 120
	o.exec(`INSERT INTO mail_outbox (person_id, kind, about, bulk, until)
		SELECT $1, 'many', n::text, true, now() + interval '1 hour' FROM generate_series(1, $2) n`, o.ids["bea"], mails)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 3 {
		running.Go(func() { o.replica().Run(ctx) })
	}
	for range mails {
		o.box.Next()
	}
	stop()
	running.Wait()
	seen := map[string]int{}
	for _, m := range o.box.Mails() {
		seen[m.Subject()]++
	}
	if len(seen) != mails || len(o.box.Mails()) != mails {
		t.Errorf("%d mails, of them %d different ones", len(o.box.Mails()), len(seen))
	}
	if n := o.box.Connections.Load(); n > 10 {
		t.Errorf("%d connections", n)
	}
}

// A mail server that says "later" is asked again later, and not without end.
func TestGreylistingPutsAMailOff(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	var tries atomic.Int64
	o.box.Recipient = func(string) error {
		if tries.Add(1) == 1 {
			return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "greylisted " + secret}
		}
		return nil
	}
	o.queue(safety, "bea", "later")
	o.queue(safety, "caio", "now")
	o.sends()
	r := o.row("later")
	if r.Result != "" || !r.Later || !strings.Contains(r.Reason, "450 4.2.0") || r.Sealed == "" {
		t.Errorf("%+v", r)
	}
	if r := o.row("now"); r.Result != "sent" {
		t.Errorf("the mail behind it: %+v", r)
	}
	first := o.box.Next()
	o.exec(`UPDATE mail_outbox SET next_at = now() WHERE about = 'later'`)
	o.sends()
	if r := o.row("later"); r.Result != "sent" || r.Attempts != 2 {
		t.Errorf("%+v", r)
	}
	if second := o.box.Next(); second.To != "bea@company.example" || first.To != "caio@company.example" {
		t.Error(second.To, first.To)
	}
	tries.Store(0)
	o.queue(safety, "bea", "too often")
	o.exec(`UPDATE mail_outbox SET attempts = $1 WHERE about = 'too often'`, mail.MaxAttempts-1)
	o.sends()
	if r := o.row("too often"); r.Result != "given_up" || r.Sealed != "" {
		t.Errorf("%+v", r)
	}
}

// What is refused for good is not tried again, and administration can see it. Nothing that the
// server says is kept, nor what the mail was to say.
func TestARefusalEndsAMail(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.box.Recipient = func(to string) error {
		if strings.HasPrefix(to, "bea") {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody " + secret}
		}
		return nil
	}
	o.box.Content = func(raw string) error {
		if strings.Contains(raw, "About spam") {
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: secret}
		}
		return nil
	}
	o.queue(safety, "bea", "gone")
	o.queue(safety, "caio", "spam")
	o.queue(safety, "ana", "fine")
	o.sends()
	if r := o.row("gone"); r.Result != "refused" || r.Sealed != "" || !strings.HasSuffix(r.Reason, ": 550 5.1.1") {
		t.Errorf("%+v", r)
	}
	if r := o.row("spam"); r.Result != "refused" || !strings.HasSuffix(r.Reason, ": 554 5.7.1") {
		t.Errorf("%+v", r)
	}
	if r := o.row("fine"); r.Result != "sent" {
		t.Errorf("%+v", r)
	}
	var recorded string
	err := o.pool.QueryRow(t.Context(), `SELECT string_agg(subject || ' ' || detail, ', ' ORDER BY subject) FROM audit
		WHERE action = 'mail.failed'`).Scan(&recorded)
	first := strings.HasPrefix(recorded, "bea@company.example safety: ")
	if err != nil || !first || strings.Contains(recorded, secret) {
		t.Error(recorded, err)
	}
	if got := o.results(); got["refused"] != 2 || got["sent"] != 1 {
		t.Error(got)
	}
}

// With a mail server that cannot be used nothing is lost, and no mail has used up an attempt.
func TestTroubleWithTheServerIsNoMailsFault(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		change func(*office)
		want   string
	}{
		"nothing listens": {func(o *office) { o.sender.Server.Port = 1 }, "it cannot be reached"},
		"no such name": {
			func(o *office) { o.sender.Server.Host = "nowhere.invalid" }, "there is no server of that name",
		},
		"a wrong password": {
			func(o *office) { o.sender.Server.User = "somebody" }, "it does not accept the user and the password",
		},
		"an unknown certificate": {func(o *office) { o.sender.Server.Roots = nil }, "certificate"},
		"a sender who is none of theirs": {func(o *office) {
			o.box.Sender = func(string) error { return &smtp.SMTPError{Code: 553, Message: "not yours"} }
		}, "sending SMTP MAIL FROM command: 553"},
		"it closes": {func(o *office) {
			o.box.Recipient = func(string) error { return &smtp.SMTPError{Code: 421, Message: "shutting down"} }
		}, "421"},
	} {
		o := open(t, mailtest.New(t))
		test.change(o)
		o.queue(safety, "bea", "first")
		o.queue(safety, "caio", "second")
		if err := o.look(); !errors.Is(err, mail.ErrTrouble) {
			t.Errorf("%s: %v", what, err)
		}
		for _, about := range []string{"first", "second"} {
			if r := o.row(about); r.Result != "" || r.Attempts != 0 || r.Later || r.Sealed == "" {
				t.Errorf("%s: %s is %+v", what, about, r)
			}
		}
		log := o.log.String()
		told := strings.Contains(log, mailtest.Password) || strings.Contains(log, secret)
		if !strings.Contains(log, test.want) || told {
			t.Errorf("%s: %s", what, log)
		}
	}
}

// Without STARTTLS nothing is said to the server that others should not hear.
func TestNothingIsSentInTheOpen(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.Start(t, mail.Unencrypted))
	o.sender.Server.Security, o.sender.Server.User = mail.StartTLS, mailtest.User
	o.queue(safety, "bea", "private")
	err := o.look()
	if log := o.log.String(); !errors.Is(err, mail.ErrTrouble) || !strings.Contains(log, "it does not offer STARTTLS") {
		t.Error(err, log)
	}
	if n := len(o.box.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

// A server that takes the connection and says nothing holds nobody up for longer than a step may
// take, and the end of the intranet not even for that.
func TestAServerThatHangsIsLeft(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	silent, addr := listener(t)
	o.sender.Server.Host, o.sender.Server.Port, o.sender.Server.Timeout = "127.0.0.1", addr, 100*time.Millisecond
	o.queue(safety, "bea", "first")
	if err := o.look(); !errors.Is(err, mail.ErrTrouble) || !strings.Contains(o.log.String(), "in time") {
		t.Error(err, o.log.String())
	}
	o.sender.Server.Timeout = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.sender.Run(ctx) }()
	<-silent // of the first look
	<-silent
	stop()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the sender does not end")
	}
	if r := o.row("first"); r.Attempts != 0 || r.Result != "" || r.Later {
		t.Errorf("%+v", r)
	}
}

// A replica that dies while it sends leaves its mail to another one.
func TestAMailOfADeadReplicaIsSentByAnother(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.queue(safety, "bea", "taken")
	o.exec(`UPDATE mail_outbox SET attempts = 1, next_at = now() + interval '10 minutes'`) // as it is taken
	o.sends()
	if r := o.row("taken"); r.Result != "" {
		t.Fatalf("%+v", r)
	}
	o.exec(`UPDATE mail_outbox SET next_at = now()`)
	o.sends()
	if r := o.row("taken"); r.Result != "sent" || r.Attempts != 2 {
		t.Errorf("%+v", r)
	}
}

// A copy of the database has no link that works.
func TestASecretIsInNoCopyOfTheDatabase(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.queue(safety, "bea", "link")
	var dump string
	err := o.pool.QueryRow(t.Context(), `SELECT string_agg(o::text, ' ') FROM mail_outbox o`).Scan(&dump)
	if err != nil || strings.Contains(dump, secret) || !strings.Contains(dump, "v1:") {
		t.Error(dump, err)
	}
	// Nor is it another person's when their row is put in its place.
	o.exec(`UPDATE mail_outbox SET person_id = $1`, o.ids["caio"])
	o.sends()
	if r := o.row("link"); r.Result != "given_up" || len(o.box.Mails()) != 0 {
		t.Errorf("%+v", r)
	}
}

// Who chose to do without a kind gets none of it, nor does anybody who works here no more. What
// keeps an account safe comes all the same.
func TestPeopleGetWhatTheyWant(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.queue(choice, "bea", "before") // and then they choose
	o.queue(choice, "caio", "before they left")
	o.queue(safety, "caio", "before they left") // not even that
	o.exec(`INSERT INTO mail_unwanted SELECT id, k FROM people, unnest(ARRAY['choice', 'many', 'safety']) k
		WHERE id = $1`, o.ids["bea"])
	o.exec(`UPDATE people SET active = false WHERE id = $1`, o.ids["caio"])
	for _, name := range []string{"bea", "caio"} {
		if o.queue(choice, name, "after") {
			t.Error(name, "is told what they do not want")
		}
	}
	o.queue(safety, "bea", "safety")
	o.queue(choice, "ana", "wanted")
	o.queue(choice, "ana", "nothing")
	o.sends()
	all := o.box.Mails()
	if len(all) != 2 || all[0].Subject() != "About safety" || all[1].Subject() != "About wanted" {
		t.Error(len(all))
	}
	if r := o.row("before"); r.Result != "needless" {
		t.Errorf("%+v", r)
	}
	if got := o.results(); got["needless"] != 4 || got["sent"] != 2 {
		t.Error(got)
	}
}

// A newer mail of the same takes the place of one that waits, and there are so many in an hour.
func TestNobodyIsFlooded(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	for n := range 2 * mail.PerHour {
		if queued := o.queue(safety, "bea", "same"); !queued {
			t.Fatal("a newer one does not take the place of the older", n)
		}
	}
	for n := range 2 * mail.PerHour {
		queued := o.queue(choice, "bea", fmt.Sprint("number ", n))
		if queued != (n < mail.PerHour) {
			t.Errorf("number %d: %v", n, queued)
		}
	}
	o.sends()
	if n := len(o.box.Mails()); n != 1+mail.PerHour {
		t.Errorf("%d mails", n)
	}
}

// A mail that comes too late to be of use is not sent.
func TestALateMailIsNotSent(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.queue(safety, "bea", "late")
	o.exec(`UPDATE mail_outbox SET until = now() - interval '1 second'`)
	o.sends()
	if r := o.row("late"); r.Result != "given_up" || len(o.box.Mails()) != 0 {
		t.Errorf("%+v", r)
	}
}

// round begins a round that is to start then.
func (o *office) round(about string, at time.Time) {
	o.t.Helper()
	err := pgx.BeginFunc(o.t.Context(), o.store, func(tx pgx.Tx) error {
		return o.outbox.Round(o.t.Context(), tx, many, about, at)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// Everybody is told once, some at a time, and by any number of replicas.
func TestARoundTellsEverybodyOnce(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.exec(`INSERT INTO people (name, email) SELECT 'P' || n, 'p' || n || '@company.example'
		FROM generate_series(1, $1) n`, 2*mail.PerStep)
	o.exec(`INSERT INTO mail_unwanted VALUES ($1, 'many')`, o.ids["bea"])
	o.exec(`UPDATE people SET active = false WHERE id = $1`, o.ids["caio"])
	o.round("news", time.Now().Add(-time.Second))
	o.round("news", time.Now().Add(-time.Second))
	o.sender.Server.Port = 1 // nothing is sent: the rows are counted
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			s := o.replica()
			s.Server.Port = 1
			for range 3 {
				_, _ = s.Look(t.Context())
			}
		})
	}
	running.Wait()
	var rows, people int
	err := o.pool.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT person_id) FROM mail_outbox`).
		Scan(&rows, &people)
	if err != nil || rows != 2*mail.PerStep+1 || people != rows {
		t.Errorf("%d rows for %d people, %v", rows, people, err)
	}
	o.round("news", time.Now()) // it has ended: nobody is told twice
	_ = o.look()
	var again int
	err = o.pool.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox`).Scan(&again)
	if err != nil || again != rows {
		t.Error(again, err)
	}
	// Whoever waits for a link does not wait for all of them.
	o.sender.Server = o.box.Server()
	o.queue(safety, "ana", "urgent")
	o.sends()
	if all := o.box.Mails(); len(all) != mail.PerBatch || all[0].Subject() != "About urgent" {
		t.Error(len(all), all[0].Subject())
	}
}

// What is to be told at a time is not told before, can be moved, and called off.
func TestARoundBeginsAtItsTime(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.round("later", time.Now().Add(time.Hour))
	o.round("off", time.Now())
	err := pgx.BeginFunc(t.Context(), o.store, func(tx pgx.Tx) error {
		return o.outbox.CallOff(t.Context(), tx, many, "off")
	})
	if err != nil {
		t.Fatal(err)
	}
	o.sends()
	if n := len(o.box.Mails()); n != 0 {
		t.Fatalf("%d mails came too early", n)
	}
	o.round("later", time.Now().Add(-time.Second))
	o.sends()
	if n := len(o.box.Mails()); n != 3 {
		t.Errorf("%d mails", n)
	}
}

// What is due by the clock is told once.
func TestWhatIsDueIsToldOnce(t *testing.T) {
	t.Parallel()
	o := open(t, mailtest.New(t))
	o.exec(`UPDATE people SET title = 'due today' WHERE id = $1`, o.ids["caio"])
	for range 3 {
		o.sender = o.replica() // each looks at its start
		o.sends()
	}
	var to []string
	for _, m := range o.box.Mails() {
		to = append(to, m.To)
	}
	if !slices.Equal(to, []string{"caio@company.example"}) {
		t.Error(to)
	}
}
