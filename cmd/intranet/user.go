package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/alecthomas/kong"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// userCmd are the commands that features add, each with its order among the others.
type userCmd struct{ kong.Plugins }

// inOrder sorts the commands of features.
func (userCmd) inOrder(parser *kong.Kong) {
	order := func(n *kong.Node) int {
		order, _ := strconv.Atoi(n.Tag.Get("order")) // 0 without one
		return order
	}
	for _, n := range parser.Model.Children {
		if n.Name == "user" {
			slices.SortStableFunc(n.Children, func(a, b *kong.Node) int { return cmp.Compare(order(a), order(b)) })
		}
	}
}

// featureCommand is what the commands of features work with.
func featureCommand(std streams) web.Command {
	return web.Command{
		In: std.in, Out: std.out, Err: std.err, Store: withStore, PublicURL: app.ParsePublicURL,
		Features: app.Features(), Seal: app.Sealer,
	}
}

// withPool runs f with a pool on DATABASE_URL.
func withPool(ctx context.Context, f func(context.Context, *pgxpool.Pool) error) error {
	var settings app.Settings
	url, err := settings.Database()
	if err != nil {
		return err
	}
	pool, err := app.OpenPool(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return f(ctx, pool)
}

// withStore is withPool for commands that need the tables: it migrates first,
// so that they work on a new database too.
func withStore(ctx context.Context, f func(context.Context, *store.Store) error) error {
	return withPool(ctx, func(ctx context.Context, pool *pgxpool.Pool) error {
		if err := store.Migrate(ctx, pool); err != nil {
			return err
		}
		return f(ctx, store.New(pool))
	})
}
