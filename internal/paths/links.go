package paths

import "net/url"

// The pages and actions of quick links.
const (
	Links             = "/links"
	LinksNew          = "/links/new"
	LinkPattern       = Links + "/{id}"
	LinkMovePattern   = LinkPattern + "/move"
	LinkDeletePattern = LinkPattern + "/delete"
)

// Link is the form of one quick link; the functions below are what can be done
// with it.
func Link(id string) string { return Links + "/" + url.PathEscape(id) }

// LinkMove moves a quick link up or down.
func LinkMove(id string) string { return Link(id) + "/move" }

// LinkDelete removes a quick link.
func LinkDelete(id string) string { return Link(id) + "/delete" }
