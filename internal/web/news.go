package web

import (
	"net/http"

	"github.com/carameloai/intranet/views"
)

func (h *handlers) newsShow(w http.ResponseWriter, r *http.Request) error {
	article, err := h.Store.Article(r.Context(), person(r).Lang, r.PathValue("slug"))
	if err != nil {
		return err
	}
	body, err := h.markdown.render(article.Body)
	if err != nil {
		return err
	}
	chat := h.startChat(r)
	return h.render(w, r, page{
		status: http.StatusOK, title: article.Title, chat: chat,
		body: views.Article(views.ArticleProps{Article: article, Body: body}),
	})
}
