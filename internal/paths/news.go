package paths

import "net/url"

// The pages of announcements.
const (
	News           = "/news"
	ArticlePattern = News + "/{slug}"
)

// Article is the page of one announcement.
func Article(slug string) string { return News + "/" + url.PathEscape(slug) }
