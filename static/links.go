package static

// Links are the addresses of the files that pages load.
type Links struct {
	Style, Brand, Logo   string
	App, Forms, Reports  string   // our own scripts
	Assistant, Questions string   // those of pages with the chat
	Scripts              []string // those of the parts, for who is signed in
	SignIn               string   // that of the sign-in page
}

// More are the scripts that a page loads besides.
func (l Links) More(signedIn bool) []string {
	if signedIn {
		return l.Scripts
	}
	return []string{l.SignIn}
}
