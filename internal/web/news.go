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

func (h *handlers) newsIndex(w http.ResponseWriter, r *http.Request) error {
	reader, query := person(r), r.URL.Query()
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
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "news.title"), current: paths.News, chat: h.startChat(r),
		body: views.News(views.NewsProps{Filter: filter, Page: news, Reader: *reader, Zone: zone(reader)}),
	})
}

func (h *handlers) newsShow(w http.ResponseWriter, r *http.Request) error {
	reader := person(r)
	article, err := h.Store.Article(r.Context(), reader, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body, err := h.markdown.render(article.Body)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: article.Title, current: paths.News, chat: h.startChat(r),
		body: views.Article(views.ArticleProps{Article: article, Body: body, Zone: zone(reader), Editor: editors.mayUse(reader)}),
	})
}

func (h *handlers) newsAcknowledge(w http.ResponseWriter, r *http.Request) error {
	return h.acknowledge(w, r, paths.Article.Of(r.PathValue("slug")), h.Store.AcknowledgeNews)
}

func (h *handlers) newsAcknowledgements(w http.ResponseWriter, r *http.Request) error {
	filter := store.AcknowledgementsFilter{After: r.URL.Query().Get("after"), Limit: acknowledgementsPerPage}
	article, acknowledgements, err := h.Store.NewsAcknowledgements(r.Context(), person(r), r.PathValue("slug"), filter)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "acknowledgements.title"), current: paths.News, chat: h.startChat(r),
		body: views.Acknowledgements(views.AcknowledgementsProps{
			Title: article.Title, Back: paths.Article.Of(article.Slug), Export: paths.ArticleAcknowledgementsExport.Of(article.Slug),
			After: filter.After, Page: acknowledgements, Address: func(after string) string { return paths.ArticleAcknowledgements.Of(article.Slug, "after", after) },
		}),
	})
}

func (h *handlers) newsAcknowledgementsExport(w http.ResponseWriter, r *http.Request) error {
	return h.sendAcknowledgements(w, r, h.Store.ExportNewsAcknowledgements)
}

func (h *handlers) newsUnpublish(w http.ResponseWriter, r *http.Request) error {
	return h.changeNews(w, r, "notice.news.unpublished", paths.Article.Of(r.PathValue("slug")), h.Store.UnpublishArticle)
}

func (h *handlers) newsDelete(w http.ResponseWriter, r *http.Request) error {
	return h.changeNews(w, r, "notice.news.deleted", paths.News, h.Store.DeleteArticle)
}

func (h *handlers) newsTranslationDelete(w http.ResponseWriter, r *http.Request) error {
	return h.changeNews(w, r, "notice.news.translation", paths.ArticleEdit.Of(r.PathValue("slug")), func(ctx context.Context, slug string, version int) error {
		return h.Store.DeleteTranslation(ctx, slug, version, r.PostForm.Get("lang"))
	})
}

// changeNews does what a question was asked about first, to the version that it
// was asked about.
func (h *handlers) changeNews(w http.ResponseWriter, r *http.Request, notice, next string, change func(ctx context.Context, slug string, version int) error) error {
	slug := r.PathValue("slug")
	return h.settled(w, r, change(r.Context(), slug, number(r.PostForm.Get("version"))), notice, next, "notice.news.conflict", paths.Article.Of(slug))
}
