package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
)

// serveBare serves the least that can be a home page: it makes the same call to Caramelo and
// the same statements, and writes as many bytes. It looks at nothing that it reads.
func serveBare(ctx context.Context) error {
	var statements []statement
	size, err := strconv.Atoi(os.Getenv("PAGE_BYTES"))
	if err == nil {
		err = json.Unmarshal([]byte(os.Getenv("STATEMENTS")), &statements)
	}
	if err != nil {
		return fmt.Errorf("PAGE_BYTES or STATEMENTS: %w", err)
	}
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	client, err := caramelo.New(caramelo.Config{
		APIURL: os.Getenv("CARAMELO_API_URL"), ProjectID: os.Getenv("CARAMELO_PROJECT_ID"),
		Secret: caramelo.NewSecret(os.Getenv("CARAMELO_SECRET_TOKEN")),
	})
	if err != nil {
		return err
	}
	defer client.Close()
	b := bare{pool: pool, client: client, statements: statements, filler: bytes.Repeat([]byte{' '}, size)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: b, ReadHeaderTimeout: time.Second}
	go func() { <-ctx.Done(); _ = server.Close() }()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type bare struct {
	pool       *pgxpool.Pool
	client     *caramelo.Client
	statements []statement
	filler     []byte
}

func (b bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("session")
	if err == nil {
		_, err = drain(b.pool.Query(r.Context(), b.statements[0].SQL, store.HashToken(cookie.Value)))
	}
	call := b.client.Start(r.Context(), caramelo.Customer{ID: "1", Name: "Ana", Email: "ana@example.com", Lang: "pt"})
	if err == nil && len(b.statements) > 1 {
		var batch pgx.Batch
		for _, s := range b.statements[1:] {
			batch.Queue(s.SQL, s.Args...).Query(func(rows pgx.Rows) error { _, err := drain(rows, nil); return err })
		}
		err = b.pool.SendBatch(r.Context(), &batch).Close()
	}
	connection, joinErr := call.Join()
	if err = errors.Join(err, joinErr); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	token := connection.Token.Reveal()
	w.Header().Set("Content-Length", strconv.Itoa(len(b.filler)))
	_, _ = w.Write([]byte(token))
	_, _ = w.Write(b.filler[len(token):])
}

// drain reads rows and forgets them.
func drain(rows pgx.Rows, err error) (n int, _ error) {
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
