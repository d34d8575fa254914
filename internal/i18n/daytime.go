package i18n

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// DayTime is a day and a time of a form, in the zone of who fills it in.
type DayTime struct {
	Day, Time string // 2006-01-02 and 15:04, as they were typed
	// Which is the one that is meant where the clocks are put back over the time, so that
	// it comes twice: how far it is from UTC, such as +01:00. It is the first one unless
	// this says otherwise.
	Which string
	Zone  *time.Location
}

// DayTimeOf is a moment as a form shows it in zone.
func DayTimeOf(at time.Time, zone *time.Location) DayTime {
	at = at.In(zone)
	return DayTime{Day: at.Format(time.DateOnly), Time: Clock(at), Which: offset(at), Zone: zone}
}

// offset is how far the clocks are from UTC at a moment.
func offset(at time.Time) string { return at.Format("-07:00") }

// Moment is what the clock means. The problem is "day" or "time" if there is no such one, and
// "gap" if the clocks are put forward over that time; otherwise "".
func (d DayTime) Moment() (at time.Time, problem string) {
	if _, is := TypedDay(d.Day); !is {
		return at, "day"
	}
	if _, err := d.wall(); err != nil {
		return at, "time"
	}
	moments := d.moments()
	if len(moments) == 0 {
		return at, "gap"
	}
	for _, at := range moments {
		if offset(at) == d.Which {
			return at, ""
		}
	}
	return moments[0], ""
}

// Twice are the moments that the clock may mean, if there are two.
func (d DayTime) Twice() []time.Time {
	if all := d.moments(); len(all) == 2 {
		return all
	}
	return nil
}

// wall is what a calendar and a clock show, as a moment of UTC.
func (d DayTime) wall() (time.Time, error) {
	return time.Parse("2006-01-02 15:04", norm.NFKC.String(d.Day)+" "+TypedTime(d.Time))
}

// moments are those at which a calendar and a clock in the zone show this, the first one
// first: none that the clocks leave out, and two that they repeat.
func (d DayTime) moments() (all []time.Time) {
	wall, err := d.wall()
	if err != nil {
		return nil
	}
	for _, near := range []int{-24, 24} { // hours: before the clocks are put forward or back, and after
		_, seconds := wall.Add(time.Duration(near) * time.Hour).In(d.Zone).Zone()
		at := wall.Add(-time.Duration(seconds) * time.Second).In(d.Zone)
		if at.Format(time.DateTime) == wall.Format(time.DateTime) && !slices.ContainsFunc(all, at.Equal) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// NoDay is the text key for a day that there is not.
const NoDay = "form.error.day"

// TypedDay is a day of a form at midnight of UTC, and whether there is one: the 31st of
// February is none.
func TypedDay(typed string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, norm.NFKC.String(typed))
	return day, err == nil
}

// times are the ways to write a time of day, without their spaces: 9:00, 09:00:00, 9.30, 0900,
// 9h30min, 21:00hs, 9am.
var times = regexp.MustCompile(
	`^(\d{1,2})([:.]|h(?:s|rs|oras?)?)?(\d{2})?(?::00(?:\.0+)?)?(h(?:s|rs|oras?)?|m(?:in)?)?\.?(?:([ap])\.?m\.?)?$`)

// TypedTime is a time of day as 15:04, however it was typed where the browser has no field
// for it. What is none stays as it is.
func TypedTime(typed string) string {
	written := strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(typed)), ""))
	m := times.FindStringSubmatch(written)
	if m == nil {
		return typed
	}
	hour, _ := strconv.Atoi(m[1])
	separator, minutes, unit, half := m[2], m[3], m[4], m[5]
	switch hours := strings.HasPrefix(separator, "h"); {
	case minutes != "" && separator == "" && len(m[1]) < 2, // 900
		minutes == "" && unit != "",
		minutes == "" && !hours && (separator != "" || half == ""):
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
