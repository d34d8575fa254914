package tour

import (
	"slices"
	"sync"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// tour is the checklist, with the steps that each admin has done. They are not in
// the session, because one of the steps is to sign out.
type tour struct {
	panel     string // the address of the sandbox's panel; "" where there is no tour
	inspector string // the path of the inspector; "" where it was taken out

	mu   sync.Mutex
	done map[string][]string // names of steps, by person
}

// step is a part of the tour: text keys of its title, what to do, and what to look
// for.
type step struct{ name, title, do, see string }

// allSteps are the steps in their order.
var allSteps = []step{
	{"chat", "tour.chat.title", "tour.chat.do", "tour.chat.see"},
	{"people", "tour.people.title", "tour.people.do", "tour.people.see"},
	{"slow", "tour.slow.title", "tour.slow.do", "tour.slow.see"},
	{"idle", "tour.idle.title", "tour.idle.do", "tour.idle.see"},
	{"secret", "tour.secret.title", "tour.secret.do", "tour.secret.see"},
	{"inspector", "tour.inspector.title", "tour.inspector.do", "tour.inspector.see"},
}

// steps are those of this intranet: the last one is about the inspector.
func (t *tour) steps() []step {
	if t.inspector == "" {
		return allSteps[:len(allSteps)-1]
	}
	return allSteps
}

// isFor reports whether somebody is shown the tour: admins are, in the demo alone.
// It guards nothing: the panel that it leads to is for whoever reaches the sandbox.
func (t *tour) isFor(p *store.Person) bool { return t.panel != "" && web.Admins.Allows(p) }

func (t *tour) doneBy(p *store.Person) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.done[p.ID])
}

// mark notes that somebody has done a step, or has not.
func (t *tour) mark(p *store.Person, name string, done bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := slices.DeleteFunc(t.done[p.ID], func(other string) bool { return other == name })
	if done {
		names = append(names, name)
	}
	t.done[p.ID] = names
}
