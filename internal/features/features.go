// Package features lists the features of the intranet. make cut takes one out: its
// folder, its migrations and its lines here, then make golden.
package features

import (
	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/features/departments"
	"github.com/carameloai/intranet/internal/features/directory"
	"github.com/carameloai/intranet/internal/features/events"
	"github.com/carameloai/intranet/internal/features/imports"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/features/links"
	"github.com/carameloai/intranet/internal/features/news"
	"github.com/carameloai/intranet/internal/features/notifications"
	"github.com/carameloai/intranet/internal/features/policies"
	"github.com/carameloai/intranet/internal/features/privacy"
	"github.com/carameloai/intranet/internal/features/scim"
	"github.com/carameloai/intranet/internal/features/search"
	"github.com/carameloai/intranet/internal/features/styleguide"
	"github.com/carameloai/intranet/internal/features/tour"
	"github.com/carameloai/intranet/internal/web"
)

// Optional are the features that can be taken out.
func Optional() []web.Feature {
	return []web.Feature{
		news.Feature(),
		policies.Feature(),
		events.Feature(),
		links.Feature(),
		search.Feature(),
		imports.Feature(),
		scim.Feature(),
		inspector.Feature(),
		tour.Feature(),
		styleguide.Feature(),
	}
}

// Core are the features that an intranet cannot do without.
func Core() []web.Feature {
	return []web.Feature{
		directory.Feature(),
		accounts.Feature(),
		departments.Feature(),
		audit.Feature(),
		account.Feature(),
		notifications.Feature(),
		privacy.Feature(),
	}
}

// All are all features of the intranet, new for each server.
func All() []web.Feature { return append(Core(), Optional()...) }
