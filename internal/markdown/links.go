package markdown

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// schemes are those of addresses that lead to a page, or call or write to somebody. None
// runs anything in the page.
var schemes = []string{
	"http", "https", "mailto", "tel", "sms", "mms", "sip", "sips", "callto", "xmpp", "im", "skype", "facetime",
	"facetime-audio", "whatsapp", "msteams", "zoommtg", "geo", "webcal",
}

// leads is where an address leads, as an attribute holds it; "" where it leads nowhere that
// we let a link lead. An address may be without the scheme that browsers add.
func leads(address string) string {
	address = strings.TrimSpace(address)
	switch {
	case strings.HasPrefix(strings.ToLower(address), "www."):
		address = "https://" + address
	case aMailbox.MatchString(address):
		address = "mailto:" + address
	case strings.Contains(address, `\`):
		return "" // a folder of Windows, which browsers take for a page
	case aPhone.MatchString(address):
		number, rest, more := strings.Cut(address, "?")
		if address = strings.Join(strings.Fields(number), ""); more {
			address += "?" + rest
		}
	}
	address = inSquares.ReplaceAllString(string(util.URLEscape([]byte(address), false)), "$1[$2]")
	if u, err := url.Parse(address); err != nil || u.Scheme != "" && !slices.Contains(schemes, u.Scheme) {
		return ""
	}
	return address
}

// inSquares is a host that is a number, whose square brackets stay as they are.
var inSquares = regexp.MustCompile(`(?i)^(https?://)%5B([0-9a-f:.]+)%5D`)

// aPhone has a number, in which blanks mean nothing.
var aPhone = regexp.MustCompile(`(?i)^(tel|sms|mms|callto):`)

var aMailbox = regexp.MustCompile(`^[\pL\pN._%+-]+@[\pL\pN-]+(\.[\pL\pN-]+)+$`)

// links puts the address of a link that leads nowhere beside its words, and makes images
// links, because pages load nothing from other sites.
type links struct{}

func (links) Transform(document *ast.Document, reader source.Reader, _ parser.Context) {
	var found []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if kind := n.Kind(); !entering && (kind == ast.KindLink || kind == ast.KindImage || kind == ast.KindAutoLink) {
			found = append(found, n) // those in others first
		}
		return ast.WalkContinue, nil
	})
	for _, n := range found {
		if inBrackets(n) {
			continue
		}
		switch n := n.(type) {
		case *ast.Link:
			settle(n, n.Destination, n.Title, reader.Source())
		case *ast.Image:
			settle(n, n.Destination, n.Title, reader.Source())
		case *ast.AutoLink:
			label := string(n.Label(reader.Source()))
			link := ast.NewLink()
			link.AppendChild(link, shown(label))
			n.Parent().ReplaceChild(n.Parent(), n, link)
			if link.Destination = []byte(leads(label)); len(link.Destination) == 0 {
				instead(link, []ast.Node{shown("<" + label + ">")})
			}
		}
	}
}

// inBrackets leaves a link as it was typed whose definition is none, and reports whether it
// was one.
func inBrackets(n ast.Node) bool {
	before, reference, destination := "[", (*ast.ReferenceLink)(nil), []byte(nil)
	switch n := n.(type) {
	case *ast.Link:
		reference, destination = n.Reference, n.Destination
	case *ast.Image:
		before, reference, destination = "![", n.Reference, n.Destination
	}
	if reference == nil || leadsFromAnywhere(destination) {
		return false
	}
	after := "]"
	if reference.Type == ast.ReferenceLinkFull {
		after = "][" + string(reference.Value) + "]"
	}
	instead(n, append(append([]ast.Node{shown(before)}, childrenOf(n)...), shown(after)))
	return true
}

func childrenOf(n ast.Node) (children []ast.Node) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		children = append(children, child)
	}
	return children
}

// settle makes a link of n, or leaves its words and its address. An address without words
// stands for them.
func settle(n ast.Node, destination, title, written []byte) {
	parts := childrenOf(n)
	address, about := addressOf(destination), readable(title)
	to := leads(address)
	leadsOn := to != "" && !(n.Kind() == ast.KindImage && besideLink(n))
	if strings.TrimSpace(inline(n, written)) == "" && address != "" {
		parts = []ast.Node{shown(address)}
		if !leadsOn {
			address = ""
		}
	}
	if leadsOn {
		link := ast.NewLink()
		link.Destination = []byte(to)
		if about != "" {
			link.Title = []byte(about)
		}
		for _, part := range parts {
			link.AppendChild(link, part)
		}
		parts = []ast.Node{link}
	} else if rest := strings.TrimSpace(address + " " + about); rest != "" {
		parts = append(parts, shown(" ("+rest+")"))
	}
	instead(n, parts)
}

// addressOf is the address of a link as it is read.
func addressOf(written []byte) string {
	if isFolder(written) {
		return string(written)
	}
	return readable(written)
}

// instead puts others in the place of a node.
func instead(n ast.Node, others []ast.Node) {
	parent := n.Parent()
	for _, other := range others {
		parent.InsertBefore(parent, n, other)
	}
	parent.RemoveChild(parent, n)
}

// besideLink reports whether a node is in a link or an image, or has a link in its text. It
// is not made a link then, because a link cannot contain another one.
func besideLink(of ast.Node) (found bool) {
	for n := of.Parent(); n != nil; n = n.Parent() {
		found = found || n.Kind() == ast.KindLink || n.Kind() == ast.KindImage
	}
	_ = ast.Walk(of, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		found = found || n.Kind() == ast.KindLink || n.Kind() == ast.KindAutoLink
		return ast.WalkContinue, nil
	})
	return found
}

// itsAddress marks a link whose words are its address: printed, it has it once.
const itsAddress = "address"

// link writes a link, whose address leads settled.
func link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	if !entering {
		_, _ = w.WriteString("</a>")
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML(n.Destination))
	if _, same := n.AttributeString(itsAddress); same {
		_, _ = w.WriteString(`" class="address`)
	}
	if len(n.Title) > 0 {
		_, _ = w.WriteString(`" title="`)
		_, _ = w.Write(util.EscapeHTML(n.Title))
	}
	_, _ = w.WriteString(`">`)
	return ast.WalkContinue, nil
}

// leadsFromAnywhere reports whether a definition is meant as one: [IMPORTANT]: deadline is not.
func leadsFromAnywhere(destination []byte) bool {
	address := addressOf(destination)
	return leads(address) != "" && (strings.ContainsAny(address[:1], "/#.") || strings.ContainsAny(address, ":@") ||
		strings.HasPrefix(strings.ToLower(address), "www."))
}

// definitions shows the definitions of links that no link has: they are somebody's text, such
// as a list of [Name]: address.
type definitions struct{}

func (definitions) Transform(document *ast.Document, _ source.Reader, _ parser.Context) {
	used, all := map[string]bool{}, []*ast.LinkReferenceDefinition{}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var reference *ast.ReferenceLink
		var destination []byte
		switch n := n.(type) {
		case *ast.Link:
			reference, destination = n.Reference, n.Destination
		case *ast.Image:
			reference, destination = n.Reference, n.Destination
		case *ast.LinkReferenceDefinition:
			if entering {
				all = append(all, n)
			}
		}
		if reference != nil && entering && leadsFromAnywhere(destination) {
			used[util.ToLinkReference(reference.Value)] = true
		}
		return ast.WalkContinue, nil
	})
	var last ast.Node // the paragraph of the definitions before
	for _, d := range all {
		label := util.ToLinkReference(d.Label)
		isUsed := used[label]
		used[label] = false // a second definition of the same is none
		if isUsed {
			d.Parent().RemoveChild(d.Parent(), d)
			continue
		}
		paragraph := d.PreviousSibling()
		if paragraph == nil || paragraph != last || d.HasBlankPreviousLines() {
			paragraph = ast.NewParagraph()
			d.Parent().InsertBefore(d.Parent(), d, paragraph)
		} else {
			paragraph.LastChild().(*ast.Text).SetSoftLineBreak(true)
		}
		for i := range d.Lines().Len() {
			line := ast.NewTextSegment(d.Lines().At(i))
			line.SetSoftLineBreak(i < d.Lines().Len()-1)
			paragraph.AppendChild(paragraph, line)
		}
		last = paragraph
		d.Parent().RemoveChild(d.Parent(), d)
	}
}

// aSpace ends an address.
func aSpace(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '<', '>', '"', '`', '|':
		return true
	}
	return false
}
