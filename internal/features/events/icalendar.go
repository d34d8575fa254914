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

// file answers with an event as a file for a calendar program.
func (h handlers) file(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	page, err := h.events.find(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	event, publicURL := page.Event, h.PublicURL.String()
	event.Body = h.markdown.PlainWithAddresses(event.Body, publicURL)
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="event.ics"`)
	_, _ = w.Write([]byte(iCalendar(event, publicURL))) // fails only if the client has left
	return nil
}

// iCalendar writes an event, whose body has no markup, as RFC 5545 says. The UID is the
// event's id, so that a later file replaces what an earlier one has put into a calendar.
func iCalendar(e Event, publicURL string) string {
	const day, moment = "20060102", "20060102T150405Z"
	starts := "DTSTART:" + e.Starts.UTC().Format(moment)
	ends := "DTEND:" + e.Ends.UTC().Format(moment)
	if e.AllDay {
		starts = "DTSTART;VALUE=DATE:" + e.Starts.UTC().Format(day)
		ends = "DTEND;VALUE=DATE:" + e.Ends.UTC().AddDate(0, 0, 1).Format(day) // the day after the last one
	}
	lang := ";LANGUAGE=" + i18n.TagOf(e.Lang) + ":"
	lines := []string{
		"BEGIN:VCALENDAR",
		"VERSION:2.0",
		"PRODID:-//Caramelo//Intranet//EN",
		"BEGIN:VEVENT",
		"UID:" + e.ID,
		"SEQUENCE:" + strconv.Itoa(e.Version-1),
		"DTSTAMP:" + e.UpdatedAt.UTC().Truncate(time.Second).Format(moment),
		starts,
		ends,
		"SUMMARY" + lang + iCalendarText(e.Title),
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

// iCalendarText escapes a text, so that nothing in it can end its line or its value.
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
	for limit := 75; len(line) > limit; limit = 74 { // 74 and the space that begins each further line
		at := limit
		for !utf8.RuneStart(line[at]) {
			at--
		}
		folded.WriteString(line[:at] + "\r\n ")
		line = line[at:]
	}
	return folded.String() + line
}
