package policies

import (
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/webtest"
)

// overseen is a published one that is called as its slug.
func overseen(slug string) newPolicy {
	return newPolicy{
		Slug: slug, Category: "work", Lang: "en", OwnerEmail: "bea@company.example",
		ReviewOn: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), PublishedAt: time.Now(), UpdatedAt: time.Now(),
		Texts: []content.Text{{Lang: "en", Title: slug, Summary: "s", Body: "b"}},
	}
}

// Whoever answers for a policy is told before its review, and nobody of a draft.
func TestTheOwnerIsToldThatAReviewIsDue(t *testing.T) {
	t.Parallel()
	_, i := with(t)
	now := time.Now().UTC()
	for slug, in := range map[string]int{"soon": 20, "far": 60, "draft": 20} {
		p := overseen(slug)
		p.OwnerEmail, p.ReviewOn = "bea@company.example", now.AddDate(0, 0, in)
		if slug == "draft" {
			p.PublishedAt = time.Time{}
		}
		insert(i, p)
	}
	box := mailtest.New(t)
	i.Replica(t, webtest.Options{Mail: box}, Feature())
	m := box.Next()
	if m.To != "bea@company.example" || m.Subject() != "Review due: soon" ||
		!strings.Contains(m.Text, "http://127.0.0.1"+Show.Of("soon")) {
		t.Errorf("to %s, %s: %s", m.To, m.Subject(), m.Text)
	}
	if n := i.Count(`mail_rounds WHERE kind = $1`, "policies_review"); n != 1 || len(box.Mails()) != 1 {
		t.Errorf("%d reviews, %d mails", n, len(box.Mails()))
	}
}

// Everybody is told of a policy that they have to confirm, when it is published.
func TestEverybodyIsToldOfAPolicyToConfirm(t *testing.T) {
	t.Parallel()
	box := mailtest.New(t)
	i := fixture.Start(t, webtest.Options{Mail: box})
	p := overseen("receipts")
	p.MustRead, p.PublishedAt = true, time.Time{}
	insert(i, p)
	i.As("ana").Post(Publish.Of("receipts"), version(i.As("ana"), "receipts"))
	to := map[string]bool{}
	for len(to) < 3 { // what else is in the fixture may be due
		if m := box.Next(); m.Subject() == "receipts" || strings.HasSuffix(m.Subject(), ": receipts") {
			to[m.To] = true
		}
	}
	if len(to) != 3 {
		t.Errorf("told: %v", to)
	}
}
