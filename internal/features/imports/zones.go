package imports

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/i18n"
)

// windowsZones are the time zones of Windows, by which Outlook and Exchange name them, in the
// countries of our languages: windowsZones.xml of the CLDR. Where that has several places, it
// is the one in those countries in which most people live. Others are refused by name.
var windowsZones = map[string]string{
	"UTC": "UTC", "Coordinated Universal Time": "UTC",

	"E. South America Standard Time": "America/Sao_Paulo", "Bahia Standard Time": "America/Bahia",
	"SA Eastern Standard Time": "America/Fortaleza", "Tocantins Standard Time": "America/Araguaina",
	"Central Brazilian Standard Time": "America/Cuiaba", "UTC-02": "America/Noronha",

	"SA Western Standard Time": "America/La_Paz", "SA Pacific Standard Time": "America/Bogota",
	"Argentina Standard Time": "America/Argentina/Buenos_Aires", "Pacific SA Standard Time": "America/Santiago",
	"Magallanes Standard Time": "America/Punta_Arenas", "Paraguay Standard Time": "America/Asuncion",
	"Montevideo Standard Time": "America/Montevideo", "Venezuela Standard Time": "America/Caracas",
	"Central America Standard Time": "America/Guatemala", "Cuba Standard Time": "America/Havana",
	"Central Standard Time (Mexico)":  "America/Mexico_City",
	"Mountain Standard Time (Mexico)": "America/Mazatlan",
	"Pacific Standard Time (Mexico)":  "America/Tijuana",
	"Eastern Standard Time (Mexico)":  "America/Cancun",

	"Hawaiian Standard Time": "Pacific/Honolulu", "Alaskan Standard Time": "America/Anchorage",
	"Pacific Standard Time": "America/Los_Angeles", "US Mountain Standard Time": "America/Phoenix",
	"Mountain Standard Time": "America/Denver", "Central Standard Time": "America/Chicago",
	"Eastern Standard Time": "America/New_York", "US Eastern Standard Time": "America/Indiana/Indianapolis",
	"Canada Central Standard Time": "America/Regina", "Atlantic Standard Time": "America/Halifax",
	"Newfoundland Standard Time": "America/St_Johns",

	"Romance Standard Time": "Europe/Madrid", "GMT Standard Time": "Europe/London",
	"Azores Standard Time": "Atlantic/Azores", "Cape Verde Standard Time": "Atlantic/Cape_Verde",
	"W. Central Africa Standard Time": "Africa/Luanda", "South Africa Standard Time": "Africa/Johannesburg",
	"Sao Tome Standard Time": "Africa/Sao_Tome", "India Standard Time": "Asia/Kolkata",
	"Singapore Standard Time": "Asia/Singapore", "AUS Eastern Standard Time": "Australia/Sydney",
	"New Zealand Standard Time": "Pacific/Auckland",
}

// zoneSigns are what differs in how people write the name of a zone. A hyphen before a number
// is not among them: Etc/GMT-3 is another zone than Etc/GMT+3.
var zoneSigns = regexp.MustCompile(`[ _]|-([a-z])`)

// zoneKey is the name of a time zone without what differs: etc/utc is Etc/UTC, and
// America/Bogotá is America/Bogota.
func zoneKey(name string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(name)))
	return zoneSigns.ReplaceAllString(plain, "$1")
}

// nameZones gives each time zone of the file its right name, and names those that we or the
// database do not know.
func (i *Import) nameZones(ctx context.Context, tx pgx.Tx) error {
	if !i.columns["time_zone"] {
		return nil
	}
	rows, _ := tx.Query(ctx, `SELECT name FROM pg_timezone_names`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	known := map[string]string{}
	for _, name := range names {
		known[zoneKey(name)] = name
	}
	for windows, name := range windowsZones {
		known[zoneKey(windows)] = known[zoneKey(name)]
	}
	for n := range i.Lines {
		line := &i.Lines[n]
		typed := line.Person.TimeZone
		if typed == "" {
			continue
		}
		name := known[zoneKey(typed)]
		if name == "" { // our pages say how far from UTC it is: America/Sao Paulo (UTC−03:00)
			name = known[zoneKey(plain(typed))]
		}
		if _, is := i18n.Zone(name); is {
			line.Person.TimeZone = name
		} else {
			i.problem(Problem{Line: line.Number, Field: "time_zone", Kind: "zone", Value: typed})
		}
	}
	return nil
}
