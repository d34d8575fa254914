package e2e

import (
	"net/http"

	"github.com/carameloai/intranet/internal/paths"
)

var newsNoun = aNoun{
	places: func(b *tab) []place {
		b.visit(paths.Home)
		return []place{{"article", ask[string](b, `$(".teaser a").pathname`), http.StatusOK}}
	},
	forms: func(*tab, func(name, sign string)) {},
}
