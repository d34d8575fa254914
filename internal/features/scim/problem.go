package scim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/carameloai/intranet/internal/store"
)

// problem is an error in the form of SCIM.
type problem struct {
	status       int
	kind, detail string // kind is the scimType, "" without one
}

func (p problem) Error() string { return p.detail }

// invalid refuses the value of an attribute.
func invalid(attribute, why string) problem {
	return problem{http.StatusBadRequest, "invalidValue", attribute + " " + why + "."}
}

// meaning is what a client is told of an error.
func meaning(err error) problem {
	if p, ok := errors.AsType[problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem{http.StatusRequestEntityTooLarge, "", "The request is too large."}
	}
	switch {
	case errors.Is(err, errUnknown):
		return problem{http.StatusUnauthorized, "", "A valid token is missing."}
	case errors.Is(err, errExpired):
		return problem{http.StatusUnauthorized, "", "The token has expired."}
	case errors.Is(err, store.ErrNotFound):
		return problem{http.StatusNotFound, "", "There is no such user."}
	case errors.Is(err, store.ErrConflict):
		return problem{http.StatusConflict, "uniqueness",
			"Somebody has this userName already. If they are disabled, enable them in the intranet."}
	case errors.Is(err, store.ErrLastAdmin):
		return problem{http.StatusConflict, "", "This is the last admin who can sign in: make somebody else one first."}
	case errors.Is(err, errAdminsEmail):
		return problem{http.StatusForbidden, "", "The userName of an admin is changed in the intranet alone."}
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return problem{http.StatusServiceUnavailable, "", "The database does not answer. Try again in a moment."}
	}
	return problem{http.StatusInternalServerError, "", "Something failed here. The log says more."}
}

// fail answers with an error.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := meaning(err)
	if p.status >= http.StatusInternalServerError {
		a.Log.LogAttrs(r.Context(), slog.LevelError, "SCIM request failed", slog.Any("error", err))
	}
	switch p.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="SCIM"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	body := object{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
		"status":  strconv.Itoa(p.status), "detail": p.detail,
	}
	if p.kind != "" {
		body["scimType"] = p.kind
	}
	_ = answer(w, p.status, body) // the client has left
}
