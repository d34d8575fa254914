package paths

import "net/url"

// The pages and actions of announcements.
const (
	News                                 = "/news"
	NewsNew                              = "/news/new"
	ArticlePattern                       = News + "/{slug}"
	ArticleEditPattern                   = ArticlePattern + "/edit"
	ArticleTranslationDeletePattern      = ArticlePattern + "/translation/delete"
	ArticleUnpublishPattern              = ArticlePattern + "/unpublish"
	ArticleDeletePattern                 = ArticlePattern + "/delete"
	ArticleAcknowledgementPattern        = ArticlePattern + "/acknowledgement"
	ArticleAcknowledgementsPattern       = ArticlePattern + "/acknowledgements"
	ArticleAcknowledgementsExportPattern = ArticleAcknowledgementsPattern + "/export"
)

// NewsList is a list of announcements, all of them or those of one kind,
// continued behind a cursor.
func NewsList(which, after string) string { return withQuery(News, "which", which, "after", after) }

// Article is the page of one announcement; the functions below are what can be
// done with it.
func Article(slug string) string { return News + "/" + url.PathEscape(slug) }

// ArticleEdit is the form that changes an announcement and its text in a
// language; "" is the one that it was written in.
func ArticleEdit(slug, lang string) string { return withQuery(Article(slug)+"/edit", "lang", lang) }

// ArticleTranslationDelete removes one language of an announcement.
func ArticleTranslationDelete(slug string) string { return Article(slug) + "/translation/delete" }

// ArticleUnpublish takes an announcement back from its readers.
func ArticleUnpublish(slug string) string { return Article(slug) + "/unpublish" }

// ArticleDelete removes an announcement.
func ArticleDelete(slug string) string { return Article(slug) + "/delete" }

// ArticleAcknowledgement says that one has read an announcement.
func ArticleAcknowledgement(slug string) string { return Article(slug) + "/acknowledgement" }

// ArticleAcknowledgements is who has yet to do so, continued behind a cursor.
func ArticleAcknowledgements(slug, after string) string {
	return withQuery(Article(slug)+"/acknowledgements", "after", after)
}

// ArticleAcknowledgementsExport is who has and who has not, as a file.
func ArticleAcknowledgementsExport(slug string) string {
	return Article(slug) + "/acknowledgements/export"
}
