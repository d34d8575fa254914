package paths

// The pages and actions of events.
const (
	Events                  = "/events"
	EventsNew               = "/events/new"
	Event           Pattern = Events + "/{id}"
	EventEdit       Pattern = Event + "/edit"
	EventDelete     Pattern = Event + "/delete"
	EventAttendance Pattern = Event + "/attendance"
	EventFile       Pattern = Event + "/event.ics"
)

// The values of EventsList's when. Any other one is Coming.
const (
	Coming = ""
	Past   = "past"
)

// EventsList is the list of events, coming or past, continued behind a cursor.
func EventsList(when, after string) string { return withQuery(Events, "when", when, "after", after) }
