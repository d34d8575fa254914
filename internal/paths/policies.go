package paths

// The pages and actions of policies.
const (
	Policies                             = "/policies"
	PoliciesNew                          = "/policies/new"
	Policy                       Pattern = Policies + "/{slug}"
	PolicyEdit                   Pattern = Policy + "/edit"
	PolicyTranslationDelete      Pattern = Policy + "/translation/delete"
	PolicyPublish                Pattern = Policy + "/publish"
	PolicyUnpublish              Pattern = Policy + "/unpublish"
	PolicyReview                 Pattern = Policy + "/review"
	PolicyDelete                 Pattern = Policy + "/delete"
	PolicyAcknowledgement        Pattern = Policy + "/acknowledgement"
	PolicyAcknowledgements       Pattern = Policy + "/acknowledgements"
	PolicyAcknowledgementsExport Pattern = PolicyAcknowledgements + "/export"
	PolicyCategories                     = "/policy-categories"
	PolicyCategory               Pattern = PolicyCategories + "/{slug}"
	PolicyCategoryDelete         Pattern = PolicyCategory + "/delete"
)

// PoliciesList is a list of policies: all, those of one category, or those to be
// reviewed, continued behind a cursor.
func PoliciesList(category string, toReview bool, after string) string {
	review := ""
	if toReview {
		review = "due"
	}
	return WithQuery(Policies, "category", category, "review", review, "after", after)
}
