package web_test

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/features/departments"
	"github.com/carameloai/intranet/internal/features/directory"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

// The tests of package web run with the sign-in and the features that look after
// people, which they cannot import.
func TestMain(m *testing.M) {
	web.SignInForTests = func(passwords *password.Hasher, factor string, now func() time.Time) func(*web.Server) web.SignIn {
		return signin.New(signin.Config{Passwords: passwords, Required: factor, Now: now}).Plug
	}
	web.MovedForTests = func() []web.Feature {
		return []web.Feature{account.Feature(), accounts.Feature(), departments.Feature(), directory.Feature()}
	}
	testdb.Main(m)
}
