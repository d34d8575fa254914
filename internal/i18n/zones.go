package i18n

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Zones are the IANA time zones that are offered: one for each set of rules, from west to
// east within a continent. People may have any other one, too.
var Zones = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Tijuana",
	"America/Phoenix", "America/Denver", "America/Chicago", "America/Mexico_City",
	"America/Guatemala", "America/Costa_Rica", "America/Bogota", "America/Lima",
	"America/Guayaquil", "America/Panama", "America/New_York", "America/Toronto", "America/Havana",
	"America/Caracas", "America/La_Paz", "America/Puerto_Rico", "America/Santo_Domingo",
	"America/Rio_Branco", "America/Manaus", "America/Cuiaba", "America/Santiago",
	"America/Asuncion", "America/Halifax", "America/St_Johns", "America/Argentina/Buenos_Aires",
	"America/Montevideo", "America/Belem", "America/Fortaleza", "America/Recife", "America/Bahia",
	"America/Sao_Paulo", "America/Noronha", "Atlantic/Azores", "Atlantic/Cape_Verde",
	"Atlantic/Madeira", "Atlantic/Canary", "UTC", "Europe/Lisbon", "Europe/London",
	"Europe/Dublin", "Europe/Madrid", "Europe/Paris", "Europe/Brussels", "Europe/Amsterdam",
	"Europe/Berlin", "Europe/Zurich", "Europe/Rome", "Europe/Vienna", "Europe/Prague",
	"Europe/Warsaw", "Europe/Stockholm", "Europe/Athens", "Europe/Helsinki", "Europe/Kyiv",
	"Europe/Istanbul", "Africa/Casablanca", "Africa/Lagos", "Africa/Luanda", "Africa/Maputo",
	"Africa/Johannesburg", "Africa/Cairo", "Africa/Addis_Ababa", "Africa/Nairobi",
	"Asia/Jerusalem", "Asia/Riyadh", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka",
	"Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Singapore", "Asia/Manila",
	"Asia/Hong_Kong", "Asia/Shanghai", "Asia/Taipei", "Asia/Seoul", "Asia/Tokyo",
	"Australia/Perth", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney",
	"Pacific/Auckland", "Pacific/Kiritimati",
}

var locations sync.Map // *time.Location by name, because reading one takes longer than a query

// Zone returns the time zone with that IANA name, and UTC and false where there
// is none.
func Zone(name string) (*time.Location, bool) {
	if known, ok := locations.Load(name); ok {
		return known.(*time.Location), true
	}
	// Go would read "" as UTC, and "Local" as the server's own.
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" || len(name) > 64 {
		return time.UTC, false
	}
	locations.Store(name, zone)
	return zone, true
}

// ZoneName says which zone t is in, and how far from UTC at that moment:
// America/Sao Paulo (UTC−03:00).
func ZoneName(t time.Time) string {
	name := strings.ReplaceAll(t.Location().String(), "_", " ")
	if name == "UTC" {
		return name
	}
	return name + " (UTC" + strings.Replace(t.Format("-07:00"), "-", "−", 1) + ")"
}

// Clock writes the time of day, where t is: 14:05.
func Clock(t time.Time) string { return t.Format("15:04") }

// DateSpan writes the days from first to last: Tuesday, 3 March 2026, or 3 March
// 2026 to 5 March 2026.
func DateSpan(ctx context.Context, first, last time.Time) string {
	if first.Format(time.DateOnly) == last.Format(time.DateOnly) {
		return WeekdayDate(ctx, first)
	}
	return T(ctx, "date.span", "First", Date(ctx, first), "Last", Date(ctx, last))
}

// WeekdayDate writes a day with its weekday: Tuesday, 3 March 2026.
func WeekdayDate(ctx context.Context, t time.Time) string {
	return T(ctx, "date.day", "Weekday", T(ctx, "date.weekday."+strconv.Itoa(int(t.Weekday()))), "Date", Date(ctx, t))
}
