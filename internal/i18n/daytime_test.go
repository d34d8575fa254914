package i18n

import (
	"testing"
	"time"
)

func TestATimeOfDayIsTakenHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"09:00": "09:00", "9:00": "09:00", "9.30": "09:30", "9h": "09:00", "9h30": "09:30", "14H05": "14:05",
		"09:00:00": "09:00", "23:59:00.000": "23:59", "9 am": "09:00", "12 a.m.": "00:00", "12:30 PM": "12:30",
		"9:15 p. m.": "21:15", "０９：３０": "09:30", "0:00": "00:00",
		"0900": "09:00", "2130": "21:30", "9h30min": "09:30", "9 h 30": "09:30", "9 h 30 m": "09:30",
		"09:00 h": "09:00",
		"21:00hs": "21:00", "21:00 hrs.": "21:00", "9:00 am": "09:00", "9 p.m.": "21:00", "14 horas": "14:00",
		"9hs": "09:00", "９h３０": "09:30", "０９００": "09:00", "9 : 30": "09:30", "12:00 m.": "12:00", "0915 pm": "21:15",
		"12 P. M.": "12:00", "09\u00a030": "09:30", "9\u202fPM": "21:00",

		// What is no time of day stays, and is said to be none.
		"": "", "9": "9", "900": "900", "9:0": "9:0", "13 pm": "13 pm", "9:00:30": "9:00:30", "9.": "9.",
		"9m": "9m", "9 min": "9 min", "9 30": "9 30", "90000": "90000", "9h5": "9h5", "2130 pm": "2130 pm", "h": "h",
		"9 x": "9 x", "9h30h30": "9h30h30",
		"noon":  "noon",
		"25:00": "25:00", "2400": "24:00", "9:60": "09:60", "9:00 x": "9:00 x",
	} {
		got := TypedTime(typed)
		_, problem := DayTime{Day: "2026-03-04", Time: typed, Zone: time.UTC}.Moment()
		bad := want == typed && want != "09:00" || want == "09:60" || want == "24:00"
		if got != want || (problem == "time") != bad || problem != "" && problem != "time" {
			t.Errorf("%q is %q, want %q; %q", typed, got, want, problem)
		}
	}
}

// A day that no calendar has is none, whatever the time, and one in wide digits is.
func TestADayIsOneOfTheCalendar(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"2026-02-28": true, "2028-02-29": true, "２０２６-０３-０４": true, "2026-02-31": false, "2026-02-29": false,
		"2026-13-01": false, "": false, "tomorrow": false, "0000-00-00": false,
	} {
		_, is := TypedDay(typed)
		_, problem := DayTime{Day: typed, Time: "9:00", Zone: time.UTC}.Moment()
		if is != want || (problem == "") != want || problem != "" && problem != "day" {
			t.Errorf("%q: %t, %q", typed, is, problem)
		}
	}
}

// A time that the clocks repeat is both moments, and one that they leave out is none, in
// every zone, and what a form shows is read as the moment that it was.
func TestWhatTheClocksRepeatCanBeWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zone, day, clock string
		moments          []string // in UTC
	}{
		{"Europe/London", "2030-10-27", "01:30", []string{"00:30", "01:30"}},
		{"Europe/Madrid", "2030-10-27", "2:00", []string{"00:00", "01:00"}},
		{"America/New_York", "2030-11-03", "01:59", []string{"05:59", "06:59"}},
		{"America/Sao_Paulo", "2018-02-17", "23:15", []string{"01:15", "02:15"}},
		{"Australia/Lord_Howe", "2030-04-07", "01:45", []string{"14:45", "15:15"}}, // half an hour
		{"Europe/London", "2030-10-27", "00:59", []string{"23:59"}},
		{"Europe/London", "2030-10-27", "02:00", []string{"02:00"}},
		{"Europe/London", "2030-03-31", "01:30", nil},
		{"America/Sao_Paulo", "2017-10-15", "00:00", nil},
		{"Pacific/Apia", "2011-12-30", "12:00", nil}, // a day that was left out
		{"Asia/Kolkata", "2030-10-27", "01:30", []string{"20:00"}},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		clock := DayTime{Day: test.day, Time: test.clock, Zone: zone}
		_, problem := clock.Moment()
		if (problem == "gap") != (test.moments == nil) || (len(clock.Twice()) == 2) != (len(test.moments) == 2) {
			t.Errorf("%+v: %q, twice %v", test, problem, clock.Twice())
		}
		moments := clock.moments()
		if len(moments) != len(test.moments) {
			t.Errorf("%+v: %v", test, moments)
			continue
		}
		for n, at := range moments {
			shown := DayTimeOf(at.UTC(), zone)
			again, problem := shown.Moment()
			if at.UTC().Format("15:04") != test.moments[n] || problem != "" || !again.Equal(at) {
				t.Errorf("%+v: %v is shown as %+v, which is %v, %q", test, at.UTC(), shown, again, problem)
			}
		}
	}
}
