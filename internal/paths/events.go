package paths

import "net/url"

// The pages and actions of events.
const (
	Events                 = "/events"
	EventsNew              = "/events/new"
	EventPattern           = Events + "/{id}"
	EventEditPattern       = EventPattern + "/edit"
	EventDeletePattern     = EventPattern + "/delete"
	EventAttendancePattern = EventPattern + "/attendance"
	EventFilePattern       = EventPattern + "/event.ics"
)

// The values of EventsList's when. Any other one is Coming.
const (
	Coming = ""
	Past   = "past"
)

// EventsList is the list of events, coming or past, continued behind a cursor.
func EventsList(when, after string) string { return withQuery(Events, "when", when, "after", after) }

// Event is the page of one event; the functions below are what can be done with
// it.
func Event(id string) string { return Events + "/" + url.PathEscape(id) }

// EventEdit is the form that changes an event.
func EventEdit(id string) string { return Event(id) + "/edit" }

// EventDelete removes an event.
func EventDelete(id string) string { return Event(id) + "/delete" }

// EventAttendance says whether one comes.
func EventAttendance(id string) string { return Event(id) + "/attendance" }

// EventFile is the event for a calendar program (iCalendar, RFC 5545).
func EventFile(id string) string { return Event(id) + "/event.ics" }
