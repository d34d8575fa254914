package signin_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/webtest"
)

// Whoever counts sign-ins is told how each ended, once.
func TestHowEachTryEndedIsTold(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	i := webtest.NewWith(t, webtest.Options{Tried: func(result string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, result)
	}})
	wants := func(what string, results ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(told, results) {
			t.Errorf("%s: %q, want %q", what, told, results)
		}
		told = nil
	}
	secret, _ := i.As("bea").AddFactor()
	told = nil
	try(i, "a wrong password", nil)
	wants("a wrong password", "password")
	try(i, webtest.Password, nil)
	wants("a right one", "signed_in")
	half := i.Half("bea")
	wants("a right one, and a code is to come")
	half.GiveCode("000000")
	wants("a wrong code", "code")
	half.GiveCode(webtest.Code(t, secret, 1))
	wants("a right code", "signed_in")
	empty := i.In.FillLine()
	try(i, webtest.Password, nil)
	wants("a full line", "busy")
	empty()
	for range signin.PairRate.Burst {
		try(i, "a wrong password", nil)
	}
	told = nil
	try(i, "a wrong password", nil)
	wants("one try too many", "throttled")
}

// What is none of those is a failure.
func TestAnythingElseIsAFailure(t *testing.T) {
	t.Parallel()
	if got := signin.ResultOf(errors.New("the database is away")); got != "failed" {
		t.Error(got)
	}
}
