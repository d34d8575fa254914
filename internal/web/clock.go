package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/i18n"
)

// Clock is a day and a time of a form, in the zone of who fills it in.
type Clock struct {
	Day, Time string // 2006-01-02 and 15:04, as they were typed
	// Which is the one that is meant where the clocks are put back over the time, so that
	// it comes twice: how far it is from UTC, such as +01:00. It is the first one unless
	// this says otherwise.
	Which string
	Zone  *time.Location
}

// ClockOf is a moment as a form shows it in zone.
func ClockOf(at time.Time, zone *time.Location) Clock {
	at = at.In(zone)
	return Clock{Day: at.Format(time.DateOnly), Time: i18n.Clock(at), Which: offset(at), Zone: zone}
}

// offset is how far the clocks are from UTC at a moment.
func offset(at time.Time) string { return at.Format("-07:00") }

// Moment is what the clock means. The problem is "day" or "time" if that one cannot be
// read, and "gap" if the clocks are put forward over that time; otherwise "".
func (c Clock) Moment() (at time.Time, problem string) {
	if _, err := time.Parse(time.DateOnly, c.Day); err != nil {
		return at, "day"
	}
	if _, err := c.wall(); err != nil {
		return at, "time"
	}
	moments := c.moments()
	if len(moments) == 0 {
		return at, "gap"
	}
	for _, at := range moments {
		if offset(at) == c.Which {
			return at, ""
		}
	}
	return moments[0], ""
}

// Twice are the moments that the clock may mean, if there are two.
func (c Clock) Twice() []time.Time {
	if all := c.moments(); len(all) == 2 {
		return all
	}
	return nil
}

// wall is what a calendar and a clock show, as a moment of UTC.
func (c Clock) wall() (time.Time, error) {
	return time.Parse("2006-01-02 15:04", c.Day+" "+TypedTime(c.Time))
}

// moments are those at which a calendar and a clock in the zone show this, the first one
// first: none that the clocks leave out, and two that they repeat.
func (c Clock) moments() (all []time.Time) {
	wall, err := c.wall()
	if err != nil {
		return nil
	}
	for _, near := range []int{-24, 24} { // hours: before the clocks are put forward or back, and after
		_, seconds := wall.Add(time.Duration(near) * time.Hour).In(c.Zone).Zone()
		at := wall.Add(-time.Duration(seconds) * time.Second).In(c.Zone)
		if at.Format(time.DateTime) == wall.Format(time.DateTime) && !slices.ContainsFunc(all, at.Equal) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// times are the ways to write a time of day: 9:00, 09:00:00, 9h30, 9.30, 9 am.
var times = regexp.MustCompile(`^(\d{1,2})(?:([:.hH])(\d{2})?(?::00(?:\.0+)?)?)?\s*(?:([aApP])\.?\s?[mM]\.?)?$`)

// TypedTime is a time of day as 15:04, however it was typed where the browser has no field
// for it. What is none stays as it is.
func TypedTime(typed string) string {
	m := times.FindStringSubmatch(norm.NFKC.String(typed))
	if m == nil {
		return typed
	}
	hour, _ := strconv.Atoi(m[1])
	separator, minutes, half := strings.ToLower(m[2]), m[3], strings.ToLower(m[4])
	switch {
	case minutes == "" && separator != "h" && (separator != "" || half == ""):
		return typed
	case minutes == "":
		minutes = "00"
	}
	if half != "" {
		if hour < 1 || hour > 12 {
			return typed
		}
		hour %= 12
		if half == "p" {
			hour += 12
		}
	}
	if hour < 10 {
		return "0" + strconv.Itoa(hour) + ":" + minutes
	}
	return strconv.Itoa(hour) + ":" + minutes
}
