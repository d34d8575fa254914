package content

// Statements are the SQL of a kind of text, each as it is sent: the package knows
// when to send it, the feature what its tables are called. A feature's migration
// gives it
//
//   - a table of the things, with slug, lang, must_read, edition and version: the
//     edition is what people confirm, and moves on when they are asked to confirm
//     again;
//   - a table of their texts, one row a language;
//   - a table of the texts that people have confirmed, as they were shown: thing,
//     edition, digest, the text, and when it was confirmed first;
//   - a table of acknowledgements (thing, edition, digest, person_id, at), one for
//     each person and edition.
//
// An acknowledgement is a person's own act and stands for years: in its own table,
// once for each edition, with its time and the text that was shown. The server's role can add one, and
// neither change nor remove it. The audit trail, which expires, has none.
type Statements struct {
	// Lock keeps others from adding one until this transaction ends.
	Lock string
	// FreeSlug is the slug $1, or with a number behind it, that nothing has yet.
	FreeSlug string
	// Hold finds what has the slug $1, and keeps it as it is until the transaction
	// ends: its id, the title that it was written with, and its version.
	Hold string
	// MoveOn gives what has the id $1 the next version.
	MoveOn string

	// Texts are the Texts of what has the slug $1, that which it was written in first.
	Texts string
	// SetText stores the text of $1, an id, in the language $2: its title $3, summary
	// $4, body $5 and as its page reads, $6: see markdown.Plain.
	SetText string
	// DeleteText removes the text of $1, an id, in the language $2, unless that is the
	// one it was written in. It returns the title with the language.
	DeleteText string

	// Asked finds what has the slug $1, if people of the department $2 are asked to
	// confirm it: its id and edition. It locks it so that the edition stays, and nobody
	// else waits.
	Asked string
	// Keep keeps a text that somebody confirms: of what has the id $1, in the edition $2,
	// its digest $3, language $4, title $5, summary $6 and body $7.
	Keep string
	// Confirm notes that the person $4 has read the text with the digest $3 in the edition
	// $2 of what has the id $1. A second time changes nothing.
	Confirm string
	// Mine are the Confirmed of what has the slug $1 that the person $2 has confirmed, at
	// most $3, the latest edition first.
	Mine string
	// Confirmed is the Confirmed of what has the slug $1 in the edition $2 with the digest $3:
	// the latest where those are 0 and "".
	Confirmed string
	// AllConfirmed are the Confirmed of what has the slug $1, at most $2, the latest edition
	// first, without summary and body.
	AllConfirmed string
	// MustRead finds what has the slug $2 and must be read: its title in the language
	// $1, or else the one that it was written with.
	MustRead string
	// Count counts the active people who are asked to confirm what has the slug $1, at
	// most $2 of them, and how many of those have.
	Count string
	// Missing are the People who have yet to confirm what has the slug $2, by name,
	// after the name $3 and the id $4, at most $5, with their department in the
	// language $1. It must read one range of an index of people, however many there are.
	Missing string
	// Exported finds what has the slug $1 and must be read: its id and the title that it
	// was written with.
	Exported string
	// Export are all AskedPeople of what has the slug $2, by name, with their
	// department in the language $1.
	Export string
}
