package events

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// file is an event for a calendar program.
func (h handlers) file(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	event, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	if event.Event.Body, err = h.markdown.PlainWithAddresses(event.Event.Body, h.PublicURL.String()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="event.ics"`)
	_, _ = w.Write([]byte(iCalendar(event.Event, h.PublicURL.String()))) // fails only where the client has left
	return nil
}

// iCalendar is an event as RFC 5545 has it, its body without markup. Its UID is the
// event's id, so that a later file replaces what an earlier one has put into a
// calendar.
func iCalendar(e Event, publicURL string) string {
	const day, moment = "20060102", "20060102T150405Z"
	starts, ends := "DTSTART:"+e.Starts.UTC().Format(moment), "DTEND:"+e.Ends.UTC().Format(moment)
	if e.AllDay { // the end is the first day after it
		starts, ends = "DTSTART;VALUE=DATE:"+e.Starts.UTC().Format(day), "DTEND;VALUE=DATE:"+e.Ends.UTC().AddDate(0, 0, 1).Format(day)
	}
	lang := ";LANGUAGE=" + i18n.TagOf(e.Lang) + ":"
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Caramelo//Intranet//EN", "BEGIN:VEVENT",
		"UID:" + e.ID, "SEQUENCE:" + strconv.Itoa(e.Version-1), "DTSTAMP:" + e.UpdatedAt.UTC().Truncate(time.Second).Format(moment),
		starts, ends, "SUMMARY" + lang + iCalendarText(e.Title),
	}
	if e.Place != "" {
		lines = append(lines, "LOCATION"+lang+iCalendarText(e.Place))
	}
	if e.Body != "" {
		lines = append(lines, "DESCRIPTION"+lang+iCalendarText(e.Body))
	}
	lines = append(lines, "URL:"+publicURL+Show.Of(e.ID), "END:VEVENT", "END:VCALENDAR")
	var file strings.Builder
	for _, line := range lines {
		file.WriteString(fold(line) + "\r\n")
	}
	return file.String()
}

// iCalendarText escapes a text, so that it can end neither its line nor its
// value.
func iCalendarText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, "\n", `\n`).Replace(s)
}

// fold breaks a line that is longer than 75 octets, never inside a character.
func fold(line string) string {
	var folded strings.Builder
	for limit := 75; len(line) > limit; limit = 74 { // the space in front counts
		at := limit
		for !utf8.RuneStart(line[at]) {
			at--
		}
		folded.WriteString(line[:at] + "\r\n ")
		line = line[at:]
	}
	return folded.String() + line
}
