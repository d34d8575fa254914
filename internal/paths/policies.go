package paths

import "net/url"

// The pages and actions of policies.
const (
	Policies                            = "/policies"
	PoliciesNew                         = "/policies/new"
	PolicyPattern                       = Policies + "/{slug}"
	PolicyEditPattern                   = PolicyPattern + "/edit"
	PolicyTranslationDeletePattern      = PolicyPattern + "/translation/delete"
	PolicyPublishPattern                = PolicyPattern + "/publish"
	PolicyUnpublishPattern              = PolicyPattern + "/unpublish"
	PolicyReviewPattern                 = PolicyPattern + "/review"
	PolicyDeletePattern                 = PolicyPattern + "/delete"
	PolicyAcknowledgementPattern        = PolicyPattern + "/acknowledgement"
	PolicyAcknowledgementsPattern       = PolicyPattern + "/acknowledgements"
	PolicyAcknowledgementsExportPattern = PolicyAcknowledgementsPattern + "/export"
	PolicyCategories                    = "/policy-categories"
	PolicyCategoryPattern               = PolicyCategories + "/{slug}"
	PolicyCategoryDeletePattern         = PolicyCategoryPattern + "/delete"
)

// PoliciesList is a list of policies: all, those of one category, or those to be
// reviewed, continued behind a cursor.
func PoliciesList(category string, toReview bool, after string) string {
	review := ""
	if toReview {
		review = "due"
	}
	return withQuery(Policies, "category", category, "review", review, "after", after)
}

// Policy is the page of one policy; the functions below are what can be done with
// it.
func Policy(slug string) string { return Policies + "/" + url.PathEscape(slug) }

// PolicyEdit is the form that changes a policy and its text in a language; "" is
// the one that it was written in.
func PolicyEdit(slug, lang string) string { return withQuery(Policy(slug)+"/edit", "lang", lang) }

// PolicyTranslationDelete removes one language of a policy.
func PolicyTranslationDelete(slug string) string { return Policy(slug) + "/translation/delete" }

// PolicyPublish shows a policy to its readers.
func PolicyPublish(slug string) string { return Policy(slug) + "/publish" }

// PolicyUnpublish takes it back from them.
func PolicyUnpublish(slug string) string { return Policy(slug) + "/unpublish" }

// PolicyReview says that a policy still holds, and when to look again.
func PolicyReview(slug string) string { return Policy(slug) + "/review" }

// PolicyDelete removes a policy.
func PolicyDelete(slug string) string { return Policy(slug) + "/delete" }

// PolicyAcknowledgement says that one has read a policy.
func PolicyAcknowledgement(slug string) string { return Policy(slug) + "/acknowledgement" }

// PolicyAcknowledgements is who has yet to do so, continued behind a cursor.
func PolicyAcknowledgements(slug, after string) string {
	return withQuery(Policy(slug)+"/acknowledgements", "after", after)
}

// PolicyAcknowledgementsExport is who has and who has not, as a file.
func PolicyAcknowledgementsExport(slug string) string {
	return Policy(slug) + "/acknowledgements/export"
}

// PolicyCategory renames a category.
func PolicyCategory(slug string) string { return PolicyCategories + "/" + url.PathEscape(slug) }

// PolicyCategoryDelete removes one.
func PolicyCategoryDelete(slug string) string { return PolicyCategory(slug) + "/delete" }
