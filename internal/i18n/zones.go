package i18n

import (
	"strings"
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

// ZoneName says which zone t is in, and how far from UTC at that moment:
// America/Sao Paulo (UTC−03:00).
func ZoneName(t time.Time) string {
	name := strings.ReplaceAll(t.Location().String(), "_", " ")
	if name == "UTC" {
		return name
	}
	return name + " (" + Offset(t) + ")"
}

// Offset is how far t's zone is from UTC at that moment: UTC−03:00.
func Offset(t time.Time) string { return "UTC" + strings.Replace(t.Format("-07:00"), "-", "−", 1) }
