package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// shop knows nothing of requests' numbers and users, nor of where its records go; all it has to do is to pass the context
// on.
type shop struct {
	logger *slog.Logger
	stock  *slog.Logger // for the part of the shop that keeps the stock
}

func newShop(logger *slog.Logger) http.Handler {
	s := &shop{logger, logger.WithGroup("stock")}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", s.item)
	mux.HandleFunc("POST /orders/{id}", s.order)
	return mux
}

func (s *shop) item(w http.ResponseWriter, r *http.Request) {
	s.stock.InfoContext(r.Context(), "looked up", "item", r.PathValue("id"), "left", 3)
	fmt.Fprintln(w, "3 left")
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.logger.InfoContext(r.Context(), "ordering", "item", id, "user", "guest", "card", r.FormValue("card"))
	if err := s.reserve(id); err != nil {
		s.stock.ErrorContext(r.Context(), "not reserved", "item", id, "err", err)
		http.Error(w, "sold out", http.StatusConflict)
		return
	}
	fmt.Fprintln(w, "ordered")
}

var errSoldOut = errors.New("sold out")

func (s *shop) reserve(id string) error {
	if id == "unicorn" {
		return fmt.Errorf("reserve %s: %w", id, errSoldOut)
	}
	return nil
}
