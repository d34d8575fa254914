package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/spreadsheet"
	"github.com/carameloai/intranet/internal/store"
)

// copies are made of what the tables hold of people.
type copies struct {
	*store.Store
	seal seal.Sealer // opens what somebody has typed and not saved
	held []personal.Table
}

// errOften says that somebody has had copies enough for now.
var errOften = errors.New("too many copies within an hour")

// maxAnHour is how many copies a person may have made: a browser may lose one.
const maxAnHour = 5

// record notes in the trail that a copy was made of what is held of a person.
func (c copies) record(ctx context.Context, actor *store.Person, id string) error {
	const what = "export a person's data"
	entry := store.Entry{Action: Exported}
	if actor.ID == id {
		return c.ChangeOwn(ctx, actor, what, func(tx pgx.Tx) (store.Entry, error) {
			var made int
			err := tx.QueryRow(ctx, `SELECT count(*) FROM audit
				WHERE actor_id = $1 AND action = $2 AND at > now() - interval '1 hour'`, id, Exported).Scan(&made)
			if err == nil && made >= maxAnHour {
				err = errOften
			}
			return entry, err
		})
	}
	return c.AdministerPerson(ctx, actor, what, id, func(pgx.Tx, store.Subject) (store.Entry, error) {
		return entry, nil
	})
}

// write writes the copy as a ZIP, in the language of the context: each table as JSON and for a
// spreadsheet, and what all of it is. All of it is of one moment. After an error it is not
// whole, and no program opens it.
func (c copies) write(ctx context.Context, to io.Writer, id string) error {
	return personal.Snapshot(ctx, c.Store, "export a person's data", func(ctx context.Context, tx pgx.Tx) error {
		out := archive{zip.NewWriter(to), time.Now()}
		if err := out.file("README.txt", func(file io.Writer) error {
			_, err := io.WriteString(file, c.readme(ctx, out.at))
			return err
		}); err != nil {
			return err
		}
		for _, table := range c.held {
			if table.Export == "" {
				continue
			}
			head, err := table.Head(ctx, tx, id)
			if err != nil {
				return err
			}
			rows := c.rows(ctx, tx, table, id)
			err = out.file(table.Name+".json", func(file io.Writer) error { return writeJSON(file, rows) })
			if err != nil {
				return err
			}
			err = out.file(table.Name+".csv", func(file io.Writer) error {
				return spreadsheet.File[json.RawMessage]{
					Head: head, Rows: rows, Row: func(row json.RawMessage) []string { return cells(row, head) },
				}.Write(file, i18n.Lang(ctx))
			})
			if err != nil {
				return err
			}
		}
		return out.Close()
	})
}

// archive is a ZIP that is being written.
type archive struct {
	*zip.Writer
	at time.Time
}

func (a archive) file(name string, write func(io.Writer) error) error {
	file, err := a.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.at})
	if err == nil {
		err = write(file)
	}
	return err
}

// readme says what is in the copy, and what is not.
func (c copies) readme(ctx context.Context, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", i18n.T(ctx, "privacy.readme.title", "Moment", i18n.DateTime(ctx, at.UTC())+" UTC"))
	for _, key := range []string{"privacy.readme.files", "privacy.readme.tables"} {
		fmt.Fprintf(&b, "%s\n\n", i18n.T(ctx, key))
	}
	for _, table := range c.held {
		if table.Export != "" {
			fmt.Fprintf(&b, "%s.json, %s.csv\n    %s\n", table.Name, table.Name, i18n.T(ctx, "personal."+table.Name))
		}
	}
	for _, key := range []string{"privacy.missing.secrets", "privacy.missing.others", "privacy.missing.elsewhere"} {
		fmt.Fprintf(&b, "\n%s\n", i18n.T(ctx, key))
	}
	return b.String()
}

// rows are those of the copy. What somebody has typed and not saved is opened for them; null
// where the key has been replaced since.
func (c copies) rows(
	ctx context.Context, tx pgx.Tx, table personal.Table, id string,
) iter.Seq2[json.RawMessage, error] {
	rows := table.Rows(ctx, tx, id)
	if table.Name != draftsTable {
		return rows
	}
	return func(yield func(json.RawMessage, error) bool) {
		for row, err := range rows {
			if err == nil {
				row, err = c.opened(row, id)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// draftsTable is the name of the table of drafts.
const draftsTable = "drafts"

func (c copies) opened(row json.RawMessage, id string) (json.RawMessage, error) {
	var draft struct {
		Person json.RawMessage `json:"person_id"`
		Form   string          `json:"form"`
		Page   json.RawMessage `json:"page"`
		Title  json.RawMessage `json:"title"`
		Fields any             `json:"fields"`
		Saved  json.RawMessage `json:"saved_at"`
	}
	if err := json.Unmarshal(row, &draft); err != nil {
		return nil, err
	}
	sealed, _ := draft.Fields.(string)
	fields, err := forms.Opened(c.seal, id, draft.Form, sealed)
	if errors.Is(err, seal.ErrSealed) {
		fields, err = url.Values(nil), nil
	}
	draft.Fields = fields
	if err != nil {
		return nil, err
	}
	return json.Marshal(draft)
}

func writeJSON(to io.Writer, rows iter.Seq2[json.RawMessage, error]) error {
	before := "[\n"
	for row, err := range rows {
		if err == nil {
			_, err = fmt.Fprintf(to, "%s%s", before, row)
		}
		if err != nil {
			return err
		}
		before = ",\n"
	}
	_, err := io.WriteString(to, strings.TrimSuffix(before, ",\n")+"\n]\n")
	return err
}

// cells are the values of a row by its columns. What is a list or an object stays JSON.
func cells(row json.RawMessage, head []string) (all []string) {
	var values map[string]json.RawMessage
	_ = json.Unmarshal(row, &values) // Postgres has made it
	for _, name := range head {
		value := values[name]
		text := string(value)
		if bytes.Equal(value, []byte("null")) {
			text = ""
		}
		if bytes.HasPrefix(value, []byte(`"`)) {
			_ = json.Unmarshal(value, &text)
		}
		all = append(all, text)
	}
	return all
}
