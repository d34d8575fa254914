package e2e

import (
	"testing"

	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
