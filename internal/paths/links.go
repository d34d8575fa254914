package paths

// The pages and actions of quick links.
const (
	Links              = "/links"
	LinksNew           = "/links/new"
	Link       Pattern = Links + "/{id}"
	LinkMove   Pattern = Link + "/move"
	LinkDelete Pattern = Link + "/delete"
)
