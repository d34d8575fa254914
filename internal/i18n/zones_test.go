package i18n

import (
	"slices"
	"testing"
	"time"
)

func TestZones(t *testing.T) {
	for _, name := range append(Zones, "Asia/Kathmandu", "Etc/GMT+12") {
		for range 2 { // read, then remembered
			if zone, ok := Zone(name); !ok || zone.String() != name {
				t.Errorf("%s is %s, %v", name, zone, ok)
			}
		}
	}
	for _, name := range []string{
		"", "Local", "America/Nowhere", "../../etc/passwd", "/etc/localtime", "America/Sao_Paulo\x00", "\xff",
		"localtime", "posixrules", "Factory", "Etc/Unknown", "posix/Europe/Madrid", "right/Europe/Madrid",
		"leapseconds", "tzdata.zi", "Europe", " UTC", "<-03>3",
	} {
		if zone, ok := Zone(name); ok || zone != time.UTC {
			t.Errorf("%q is %s", name, zone)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(Zones)))) != len(Zones) {
		t.Error("a zone is offered twice")
	}
}

func TestZoneName(t *testing.T) {
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC":               "UTC",
		"America/Sao_Paulo": "America/Sao Paulo (UTC−03:00)",
		"Europe/London":     "Europe/London (UTC+01:00)",
		"Asia/Kolkata":      "Asia/Kolkata (UTC+05:30)",
	} {
		zone, _ := Zone(name)
		if got := ZoneName(summer.In(zone)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDateSpan(t *testing.T) {
	first := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	for lang, want := range map[string][2]string{
		"en": {"Tuesday, 3 March 2026", "3 March 2026 to 5 March 2026"},
		"pt": {"Terça-feira, 3 de março de 2026", "3 de março de 2026 a 5 de março de 2026"},
		"es": {"Martes, 3 de marzo de 2026", "3 de marzo de 2026 al 5 de marzo de 2026"},
	} {
		ctx := WithLang(t.Context(), lang)
		if got := [2]string{DateSpan(ctx, first, first), DateSpan(ctx, first, first.AddDate(0, 0, 2))}; got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}
