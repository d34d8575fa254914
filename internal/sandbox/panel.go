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

var panelPages = template.Must(template.New("").Funcs(template.FuncMap{"fields": func() []field { return fields }}).ParseFS(panelFiles, "panel/panel.html"))

// panelGroup is one fieldset of the panel.
type panelGroup struct {
	Slug, Title string
	Fine        string // what it is called when nothing is wrong; empty where several faults can be set at once
	Extra       string // another field
	ExtraName   string
}

var panelGroups = []panelGroup{
	{Answers, "Answers of intranet-auth", "As documented", "retry_after", "Retry-After of a status"},
	{Latency, "Latency of intranet-auth", "", "", ""},
	{Tokens, "Tokens", "", "", ""},
	{SDK, "SDK script", "As it is", "", ""},
	{Sockets, "WebSocket", "Open", "drop_every", "Time between two drops"},
	{Fields, "Required fields", "", "", ""},
}

// Faults are those of the group.
func (g panelGroup) Faults() (all []Fault) {
	for _, f := range Catalogue {
		if f.Group == g.Slug {
			all = append(all, f)
		}
	}
	return all
}

// Field is the field of Faults that sets the fault.
func (f Fault) Field() string {
	switch f.Group {
	case Answers, SDK, Sockets:
		return f.Group
	}
	return strings.ReplaceAll(f.Slug, "-", "_")
}

// Switch reports whether that field is true or false.
func (f Fault) Switch() bool {
	_, is := fieldOf(f.Field()).of(&Faults{}).(*bool)
	return is
}

// duration is the one that is set, if the fault has one.
func (f Fault) duration(set Faults) string {
	if d, has := fieldOf(f.Field()).of(&set).(*Duration); has {
		return d.String()
	}
	return ""
}

func fieldOf(name string) field {
	for _, x := range fields {
		if x.Name == name {
			return x
		}
	}
	panic("sandbox: no field " + name)
}

// panel is what the panel shows. Nothing of a person is in it but the customer's
// id, which stands in every page anyway.
type panel struct {
	Project, Intranet string
	Groups            []panelGroup
	On                []setFault
	Wrong             error             // why nothing was changed
	values            map[string]string // of the form's fields
	Calls             []call
	Received, Strayed int
	Sockets           []openSocket
	Open              int
}

// setFault is a fault that is set, in words, with where to see it.
type setFault struct{ Text, Page string }

// Is reports whether a field of the form holds a value.
func (p panel) Is(field, value string) bool { return p.values[field] == value }

// durationInput is one text field of the form.
type durationInput struct {
	Field, Name, Value, Allowed string
	Wrong                       bool
}

// Input is the text field for a Duration.
func (p panel) Input(name, label string) durationInput {
	x := fieldOf(name)
	var wrong fieldError
	return durationInput{name, label, p.values[name], strings.ToUpper(x.Allowed()[:1]) + x.Allowed()[1:] + ".", errors.As(p.Wrong, &wrong) && wrong.Name == name}
}

// routePanel adds the pages for people. They work without their script.
func (s *Sandbox) routePanel(mux *http.ServeMux) {
	protected := http.NewCrossOriginProtection()
	protected.SetDenyHandler(http.HandlerFunc(foreign))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.showPanel(w, http.StatusOK, nil, nil) })
	mux.HandleFunc("GET /docs", showDocs)
	mux.Handle("POST /faults", protected.Handler(http.HandlerFunc(s.postFaults)))
	mux.Handle("POST /reset", protected.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reset()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})))
	for _, name := range []string{"panel.css", "panel.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, panelFiles, "panel/"+name) })
	}
}

func (s *Sandbox) showPanel(w http.ResponseWriter, status int, wrong error, typed map[string]string) {
	set := *s.faults.Load()
	p := panel{Project: s.cfg.ProjectID, Intranet: s.cfg.IntranetURL, Groups: panelGroups, Wrong: wrong, values: typed}
	if typed == nil {
		p.values = set.values()
	}
	for _, g := range panelGroups {
		for _, f := range g.Faults() {
			if f.On(set) {
				p.On = append(p.On, setFault{strings.TrimSpace(g.Title + ": " + f.Name + " " + f.duration(set)), f.Page})
			}
		}
	}
	p.Calls, p.Received, p.Strayed = s.traffic.lastCalls()
	p.Sockets, p.Open = s.traffic.openSockets()
	showPage(w, status, "panel", p)
}

// values are what the form's fields hold.
func (f Faults) values() map[string]string {
	values := make(map[string]string)
	for _, x := range fields {
		switch v := x.of(&f).(type) {
		case *Slug:
			text, _ := v.MarshalText() // never fails
			values[x.Name] = string(text)
		case *Duration:
			values[x.Name] = v.String()
		case *bool:
			values[x.Name] = strconv.FormatBool(*v)
		}
	}
	return values
}

var ordinaryHost = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)

// showDocs names the sandbox by the address it was asked at, so that the examples
// work as they stand.
func showDocs(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if !ordinaryHost.MatchString(host) {
		host = "127.0.0.1:8081"
	}
	showPage(w, http.StatusOK, "docs", "http://"+host)
}

func showPage(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := panelPages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; img-src data:; script-src 'self'; style-src 'self'")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

// postFaults is the form: all that is set. What it leaves out is switched off, as
// browsers leave out what is not ticked.
func (s *Sandbox) postFaults(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxSetting)
	if err := r.ParseForm(); err != nil {
		refuse(w, problem{http.StatusBadRequest, "malformed_body", "send a form of at most 16384 bytes"})
		return
	}
	typed, object := make(map[string]string), make(map[string]any)
	for _, x := range fields {
		if !r.PostForm.Has(x.Name) {
			continue
		}
		typed[x.Name] = r.PostForm.Get(x.Name)
		object[x.Name] = typed[x.Name]
		if typed[x.Name] == "true" {
			object[x.Name] = true
		}
	}
	body, err := json.Marshal(object)
	if err != nil {
		panic("sandbox: " + err.Error()) // texts always encode
	}
	if _, err := s.change(body, false); err != nil {
		s.showPanel(w, http.StatusUnprocessableEntity, err, typed)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
