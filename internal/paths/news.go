package paths

// The pages and actions of announcements.
const (
	News                                  = "/news"
	NewsNew                               = "/news/new"
	Article                       Pattern = News + "/{slug}"
	ArticleEdit                   Pattern = Article + "/edit"
	ArticleTranslationDelete      Pattern = Article + "/translation/delete"
	ArticleUnpublish              Pattern = Article + "/unpublish"
	ArticleDelete                 Pattern = Article + "/delete"
	ArticleAcknowledgement        Pattern = Article + "/acknowledgement"
	ArticleAcknowledgements       Pattern = Article + "/acknowledgements"
	ArticleAcknowledgementsExport Pattern = ArticleAcknowledgements + "/export"
)

// NewsList is a list of announcements, all of them or those of one kind,
// continued behind a cursor.
func NewsList(which, after string) string { return WithQuery(News, "which", which, "after", after) }
