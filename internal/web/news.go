package web

import (
	"context"
	"net/http"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

const newsPerPage = 20

func (h *handlers) newsIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	reader, query := p, r.URL.Query()
	filter := store.NewsFilter{Which: store.Which(query.Get("which")), After: query.Get("after"), Limit: newsPerPage}
	switch filter.Which {
	case store.NewsForEveryone, store.NewsForMine:
	case store.NewsForOthers, store.UnpublishedNews:
		if !reader.Edits() {
			filter.Which = store.AllNews
		}
	default:
		filter.Which = store.AllNews
	}
	news, err := h.Store.News(r.Context(), reader, filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "news.title"), Current: paths.News,
		Body: views.News(views.NewsProps{Filter: filter, Page: news, Reader: *reader, Zone: Zone(reader)}),
	})
}

func (h *handlers) newsShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	article, err := h.Store.Article(r.Context(), p, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body, err := h.markdown.Render(article.Body)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: article.Title, Current: paths.News,
		Body: views.Article(views.ArticleProps{Article: article, Body: body, Zone: Zone(p), Editor: Editors.Allows(p)}),
	})
}

func (h *handlers) newsAcknowledge(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.acknowledge(w, r, p, paths.Article.Of(r.PathValue("slug")), h.Store.AcknowledgeNews)
}

func (h *handlers) newsAcknowledgements(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	filter := store.AcknowledgementsFilter{After: r.URL.Query().Get("after"), Limit: acknowledgementsPerPage}
	article, acknowledgements, err := h.Store.NewsAcknowledgements(r.Context(), p, r.PathValue("slug"), filter)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "acknowledgements.title"), Current: paths.News,
		Body: views.Acknowledgements(views.AcknowledgementsProps{
			Title: article.Title, Back: paths.Article.Of(article.Slug), Export: paths.ArticleAcknowledgementsExport.Of(article.Slug),
			After: filter.After, Page: acknowledgements, Address: func(after string) string { return paths.ArticleAcknowledgements.Of(article.Slug, "after", after) },
		}),
	})
}

func (h *handlers) newsAcknowledgementsExport(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.sendAcknowledgements(w, r, p, h.Store.ExportNewsAcknowledgements)
}

func (h *handlers) newsUnpublish(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changeNews(w, r, p, "notice.news.unpublished", paths.Article.Of(r.PathValue("slug")), h.Store.UnpublishArticle)
}

func (h *handlers) newsDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changeNews(w, r, p, "notice.news.deleted", paths.News, h.Store.DeleteArticle)
}

func (h *handlers) newsTranslationDelete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.changeNews(w, r, p, "notice.news.translation", paths.ArticleEdit.Of(r.PathValue("slug")), func(ctx context.Context, p *store.Person, slug string, version int) error {
		return h.Store.DeleteTranslation(ctx, p, slug, version, r.PostForm.Get("lang"))
	})
}

// changeNews does what a question was asked about first, to the version that it
// was asked about.
func (h *handlers) changeNews(w http.ResponseWriter, r *http.Request, p *store.Person, notice, next string, change func(ctx context.Context, actor *store.Person, slug string, version int) error) error {
	slug := r.PathValue("slug")
	return h.Settle(w, r, change(r.Context(), p, slug, Number(r.PostForm.Get("version"))), Flash{Text: notice, Next: next}, Flash{Text: "notice.news.conflict", Next: paths.Article.Of(slug)})
}
