package sandbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

//go:embed panel
var panelFiles embed.FS

var panelPages = template.Must(template.New("").
	Funcs(template.FuncMap{"fields": func() []faultField { return faultFields }}).
	ParseFS(panelFiles, "panel/panel.html"))

// panelGroup is a fieldset of the panel.
type panelGroup struct {
	Slug, Title string
	Fine        string // label of the choice without a fault; empty if several faults can be set at once
	Extra       string // name of a further field
	ExtraName   string // label of that field
}

var panelGroups = []panelGroup{
	{
		Slug:      Answers,
		Title:     "Answers of intranet-auth",
		Fine:      "As documented",
		Extra:     "retry_after",
		ExtraName: "Retry-After of a status",
	},
	{
		Slug:  Latency,
		Title: "Latency of intranet-auth",
	},
	{
		Slug:  Tokens,
		Title: "Tokens",
	},
	{
		Slug:  SDK,
		Title: "SDK script",
		Fine:  "As it is",
	},
	{
		Slug:  Manners,
		Title: "How the script is built",
		Fine:  "For the strictest policy",
	},
	{
		Slug:      Sockets,
		Title:     "WebSocket",
		Fine:      "Open",
		Extra:     "drop_every",
		ExtraName: "Time between two drops",
	},
	{
		Slug:  Fields,
		Title: "Required fields",
	},
}

// Faults returns the faults of the group.
func (g panelGroup) Faults() (all []Fault) {
	for _, f := range Catalogue {
		if f.Group == g.Slug {
			all = append(all, f)
		}
	}
	return all
}

// Field is the name of the field of Faults that holds the fault.
func (f Fault) Field() string {
	switch f.Group {
	case Answers, SDK, Manners, Sockets:
		return f.Group
	}
	return strings.ReplaceAll(f.Slug, "-", "_")
}

// Switch reports whether that field is a bool.
func (f Fault) Switch() bool {
	_, isBool := faultFieldOf(f.Field()).pointer(&Faults{}).(*bool)
	return isBool
}

// duration is the duration that is set, or "" if the fault has none.
func (f Fault) duration(set Faults) string {
	if d, isDuration := faultFieldOf(f.Field()).pointer(&set).(*Duration); isDuration {
		return d.String()
	}
	return ""
}

func faultFieldOf(name string) faultField {
	for _, field := range faultFields {
		if field.Name == name {
			return field
		}
	}
	panic("sandbox: no field " + name)
}

// panelData is the data of the panel's page. Its only personal data is the customer's
// id, which is in every page of the intranet.
type panelData struct {
	Project, Intranet string
	Groups            []panelGroup
	On                []faultSet
	Wrong             error             // why nothing was changed
	values            map[string]string // of the form's fields, by name
	Calls             []call
	Received, Strayed int
	Sockets           []openSocket
	Open              int
}

// faultSet describes a fault that is set, with the path of a page that shows it.
type faultSet struct{ Text, Page string }

// Is reports whether a field of the form holds a value.
func (p panelData) Is(field, value string) bool { return p.values[field] == value }

// durationInput is a text field of the form.
type durationInput struct {
	Field, Name, Value, Allowed string
	Wrong                       bool
}

// Input is the text field for a Duration.
func (p panelData) Input(name, label string) durationInput {
	allowed := faultFieldOf(name).Allowed()
	var wrong fieldError
	return durationInput{
		Field:   name,
		Name:    label,
		Value:   p.values[name],
		Allowed: strings.ToUpper(allowed[:1]) + allowed[1:] + ".",
		Wrong:   errors.As(p.Wrong, &wrong) && wrong.Name == name,
	}
}

// routePanel adds the pages for people. They work without JavaScript too.
func (s *Sandbox) routePanel(mux *http.ServeMux) {
	protected := http.NewCrossOriginProtection()
	protected.SetDenyHandler(http.HandlerFunc(refuseCrossOrigin))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		s.showPanel(w, http.StatusOK, nil, nil)
	})
	mux.HandleFunc("GET /docs", showDocs)
	mux.Handle("POST /faults", protected.Handler(http.HandlerFunc(s.postFaults)))
	mux.Handle("POST /reset", protected.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reset()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})))
	for _, name := range []string{"panel.css", "panel.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, panelFiles, "panel/"+name)
		})
	}
}

// showPanel shows what is set or, if a form was wrong, the error and what was typed.
func (s *Sandbox) showPanel(w http.ResponseWriter, status int, wrong error, typed map[string]string) {
	set := *s.faults.Load()
	p := panelData{
		Project:  s.cfg.ProjectID,
		Intranet: s.cfg.IntranetURL,
		Groups:   panelGroups,
		Wrong:    wrong,
		values:   typed,
	}
	if typed == nil {
		p.values = set.values()
	}
	for _, g := range panelGroups {
		for _, f := range g.Faults() {
			if f.On(set) {
				text := strings.TrimSpace(g.Title + ": " + f.Name + " " + f.duration(set))
				p.On = append(p.On, faultSet{Text: text, Page: f.Page})
			}
		}
	}
	p.Calls, p.Received, p.Strayed = s.traffic.lastCalls()
	p.Sockets, p.Open = s.traffic.openSockets()
	showPage(w, status, "panel", p)
}

// values returns the values of the form's fields, by name.
func (f Faults) values() map[string]string {
	values := make(map[string]string)
	for _, field := range faultFields {
		switch v := field.pointer(&f).(type) {
		case *Slug:
			text, _ := v.MarshalText() // never fails
			values[field.Name] = string(text)
		case *Duration:
			values[field.Name] = v.String()
		case *bool:
			values[field.Name] = strconv.FormatBool(*v)
		}
	}
	return values
}

var validHost = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)

// showDocs uses the address of the request in its examples, so that they can be copied
// and run without changes.
func showDocs(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if !validHost.MatchString(host) {
		host = "127.0.0.1:8081"
	}
	showPage(w, http.StatusOK, "docs", "http://"+host)
}

const panelPolicy = "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; " +
	"frame-ancestors 'none'; img-src data:; script-src 'self'; style-src 'self'"

func showPage(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := panelPages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", panelPolicy)
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

// postFaults sets the faults of the form. A field that is missing is switched off:
// browsers do not send a checkbox that is not checked.
func (s *Sandbox) postFaults(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxChange)
	if err := r.ParseForm(); err != nil {
		writeProblem(w, problem{
			status:  http.StatusBadRequest,
			Code:    "malformed_body",
			Message: "send a form of at most 16384 bytes",
		})
		return
	}
	typed := make(map[string]string)
	values := make(map[string]any)
	for _, field := range faultFields {
		if !r.PostForm.Has(field.Name) {
			continue
		}
		value := r.PostForm.Get(field.Name)
		typed[field.Name] = value
		if value == "true" {
			values[field.Name] = true
		} else {
			values[field.Name] = value
		}
	}
	object, err := json.Marshal(values)
	if err != nil {
		panic("sandbox: " + err.Error()) // strings and bools can always be encoded
	}
	if _, err := s.change(object, false); err != nil {
		s.showPanel(w, http.StatusUnprocessableEntity, err, typed)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
