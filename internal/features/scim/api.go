package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// How many people a page has at most, and where a client does not say.
const (
	maxPage     = 200
	defaultPage = 100
)

// How often one client may ask, and how often wrong tokens may come from one address, of each
// replica. A company of thousands is gone through in minutes.
const (
	requestsPerSecond = 50
	requestBurst      = 500
	failureBurst      = 30 // then one a second
)

// changeTime is how long a change may take, also where the client has left.
const changeTime = 10 * time.Second

// warnBefore is how long before it expires a token is warned of in the log.
const warnBefore = 30 * 24 * time.Hour

// api answers providers.
type api struct {
	*web.Server
	tokens tokens
	people people
	paces  *paces
	mux    *http.ServeMux
}

// handler answers a request of a client whose token is right.
type handler func(w http.ResponseWriter, r *http.Request, c client) error

type clientKey struct{}

func newAPI(s *web.Server) *api {
	a := &api{
		Server: s, tokens: tokens{s.Store}, people: people{s.Store}, mux: http.NewServeMux(),
		paces: &paces{all: map[string]*rate.Limiter{}},
	}
	allowed := map[string][]string{}
	for _, route := range []struct {
		method, path string
		handle       handler
	}{
		{"GET", "/ServiceProviderConfig", a.config},
		{"GET", "/ResourceTypes", a.resourceTypes},
		{"GET", "/ResourceTypes/User", a.resourceType},
		{"GET", "/Schemas", a.schemas},
		{"GET", "/Schemas/{id}", a.schema},
		{"GET", "/Users", a.list},
		{"POST", "/Users", a.create},
		{"GET", "/Users/{id}", a.show},
		{"PUT", "/Users/{id}", a.replace},
		{"PATCH", "/Users/{id}", a.patch},
		{"DELETE", "/Users/{id}", a.remove},
	} {
		a.handle(route.method+" "+Base+route.path, route.handle)
		allowed[route.path] = append(allowed[route.path], route.method)
	}
	for path, methods := range allowed {
		a.handle(Base+path, func(w http.ResponseWriter, _ *http.Request, _ client) error {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			return problem{http.StatusMethodNotAllowed, "", "This resource does not know the method."}
		})
	}
	a.handle("/", func(http.ResponseWriter, *http.Request, client) error {
		return problem{http.StatusNotFound, "", "There is no such resource. Groups and bulk are not supported."}
	})
	return a
}

func (a *api) handle(pattern string, handle handler) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(clientKey{}).(client)
		if err := handle(w, r, c); err != nil {
			a.fail(w, r, err)
		}
	})
}

// ServeHTTP lets in who has a token, whatever else the request asks for. A change is done even
// if the client leaves: it is one transaction.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := a.client(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx := context.WithValue(r.Context(), clientKey{}, c)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(store.Limited(context.WithoutCancel(ctx), false), changeTime)
		defer cancel()
	}
	a.mux.ServeHTTP(w, r.WithContext(ctx))
}

// client finds out who asks. Who comes with wrong tokens keeps nobody out who has a right one,
// also behind the same proxy: a token cannot be guessed, so that only their log lines are bounded.
func (a *api) client(r *http.Request) (client, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	c, left, err := a.tokens.find(r.Context(), strings.TrimSpace(token))
	switch {
	case errors.Is(err, errUnknown), errors.Is(err, errExpired):
		address := store.RequestOf(r.Context()).Address
		if !a.paces.of("address "+address, 1, failureBurst).Allow() {
			return c, problem{http.StatusTooManyRequests, "", "Too many requests without a valid token."}
		}
		a.Log.LogAttrs(r.Context(), slog.LevelWarn, "SCIM client refused",
			slog.String("address", address), slog.Any("error", err))
		return c, err
	case errors.Is(err, store.ErrReadOnly): // the hour cannot be noted, and people can be read
	case err != nil:
		return c, err
	case left < warnBefore:
		a.Log.LogAttrs(r.Context(), slog.LevelWarn, "the token of a SCIM client expires soon",
			slog.String("client", c.Name), slog.Duration("left", left.Round(time.Hour)))
	}
	if !a.paces.of("client "+c.Name, requestsPerSecond, requestBurst).Allow() {
		return c, problem{http.StatusTooManyRequests, "", "Too many requests."}
	}
	return c, nil
}

// object is one of JSON.
type object map[string]any

// answer sends an object.
func answer(w http.ResponseWriter, status int, body object) error {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// read reads a body, which has to be an object of a schema.
func read(r *http.Request, schema string, into any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/scim+json" && mediaType != "application/json" {
		return problem{http.StatusUnsupportedMediaType, "", "A body is application/scim+json."}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var head struct{ Schemas []string }
	if json.Unmarshal(body, &head) != nil || json.Unmarshal(body, into) != nil {
		return problem{http.StatusBadRequest, "invalidSyntax", "The body is not the JSON that it has to be."}
	}
	for _, s := range head.Schemas {
		if strings.EqualFold(s, schema) {
			return nil
		}
	}
	return problem{http.StatusBadRequest, "invalidSyntax", fmt.Sprintf("The schemas lack %s.", schema)}
}

// sent are the attributes of a whole user.
func sent(r *http.Request) (attributes, error) {
	var body map[string]any
	if err := read(r, coreUser, &body); err != nil {
		return nil, err
	}
	all := attributes{}
	return all, all.addObject("", body)
}

func (a *api) list(w http.ResponseWriter, r *http.Request, _ client) error {
	q := r.URL.Query()
	filter, err := parseFilter(q.Get("filter"))
	if err != nil {
		return err
	}
	start, err := number(q.Get("startIndex"), 1)
	if err != nil {
		return err
	}
	count, err := number(q.Get("count"), defaultPage)
	if err != nil {
		return err
	}
	start, count = max(start, 1), min(max(count, 0), maxPage)
	page, total, err := a.people.list(r.Context(), filter, start, count)
	if err != nil {
		return err
	}
	resources := []object{}
	for _, u := range page {
		resources = append(resources, wanted(r, a.resource(u)))
	}
	return answer(w, http.StatusOK, listOf(resources, total, start))
}

// number reads a number of a query.
func number(text string, without int) (int, error) {
	if text == "" {
		return without, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, problem{http.StatusBadRequest, "invalidValue", "startIndex and count are numbers."}
	}
	return int(n), nil
}

func listOf(resources []object, total, start int) object {
	return object{
		"schemas":      []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": total, "startIndex": start, "itemsPerPage": len(resources), "Resources": resources,
	}
}

func (a *api) show(w http.ResponseWriter, r *http.Request, _ client) error {
	u, err := a.people.get(r.Context(), r.PathValue("id"))
	return a.answerUser(w, r, http.StatusOK, u, err)
}

func (a *api) create(w http.ResponseWriter, r *http.Request, c client) error {
	all, err := sent(r)
	if err != nil {
		return err
	}
	u, err := a.people.create(r.Context(), c, all)
	return a.answerUser(w, r, http.StatusCreated, u, err)
}

// replace takes what a client sends for the whole. What it leaves out stays as it is, which RFC
// 7644 allows: much of a person is not the provider's.
func (a *api) replace(w http.ResponseWriter, r *http.Request, c client) error {
	all, err := sent(r)
	if err != nil {
		return err
	}
	u, err := a.people.change(r.Context(), c, r.PathValue("id"), all)
	return a.answerUser(w, r, http.StatusOK, u, err)
}

func (a *api) patch(w http.ResponseWriter, r *http.Request, c client) error {
	var body struct{ Operations []operation }
	if err := read(r, "urn:ietf:params:scim:api:messages:2.0:PatchOp", &body); err != nil {
		return err
	}
	all, err := patched(body.Operations)
	if err != nil {
		return err
	}
	u, err := a.people.change(r.Context(), c, r.PathValue("id"), all)
	return a.answerUser(w, r, http.StatusOK, u, err)
}

func (a *api) remove(w http.ResponseWriter, r *http.Request, c client) error {
	err := a.people.remove(r.Context(), c, r.PathValue("id"))
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// answerUser sends a user.
func (a *api) answerUser(w http.ResponseWriter, r *http.Request, status int, u user, err error) error {
	if err != nil {
		return err
	}
	body := a.resource(u)
	if status == http.StatusCreated {
		w.Header().Set("Location", a.location("/Users/"+u.id))
	}
	return answer(w, status, wanted(r, body))
}

// location is the whole address of a resource.
func (a *api) location(path string) string { return a.PublicURL.String() + Base + path }
