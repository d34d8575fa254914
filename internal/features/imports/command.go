package imports

import (
	"context"
	"fmt"
	"os"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// commands are those that it adds to `intranet user`.
type commands struct {
	Import command `cmd:"" order:"200" help:"Add and change people from a CSV file: all of them, or nobody where a line is wrong."`
}

type command struct {
	File   string `arg:"" type:"existingfile" help:"CSV with columns such as name, email, department and manager."`
	DryRun bool   `help:"Only say what would happen."`
	Older  bool   `name:"windows-1252" help:"The file is not in Unicode but in Windows-1252, as Excel saves “CSV”."`
}

// Run is called by kong.
func (c *command) Run(ctx context.Context, to web.Command) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	all, err := i18n.Load(texts)
	if err != nil {
		return err
	}
	text := string(file)
	if sent := decode(text); c.Older && sent.older {
		text = sent.text
	}
	return to.Store(all.With(ctx, i18n.Default), func(ctx context.Context, s *store.Store) error {
		tried, err := people{s}.importFile(ctx, store.CommandLine, text, func(Import) bool { return !c.DryRun })
		if err != nil {
			return err
		}
		return c.report(ctx, to, tried)
	})
}

// report says what was done, or would be.
func (c *command) report(ctx context.Context, to web.Command, tried Import) error {
	for _, text := range aboutColumns(ctx, tried) {
		fmt.Fprintln(to.Err, text)
	}
	for _, p := range tried.Problems {
		fmt.Fprintf(to.Err, "line %d: %s\n", p.Line, problemText(ctx, p))
	}
	if n := len(tried.Problems); n > 0 {
		return fmt.Errorf("%d problems: nobody was imported", n)
	}
	for _, line := range tried.Lines {
		if line.Predecessor {
			fmt.Fprintf(to.Err, "%s: %s\n", line.Person.Email, i18n.T(ctx, "people.import.predecessor"))
		}
	}
	if c.DryRun {
		for _, line := range tried.Lines {
			for _, f := range line.Fields {
				fmt.Fprintf(to.Out, "%s: %s\n", line.Person.Email, fieldText(ctx, tried, f))
			}
			if line.Disabled {
				fmt.Fprintf(to.Out, "%s: %s\n", line.Person.Email, i18n.T(ctx, "people.import.disabled"))
			}
		}
		fmt.Fprint(to.Out, "nothing was changed; it would be: ")
	}
	fmt.Fprintf(to.Out, "%d added, %d changed, %d unchanged\n",
		tried.Count(Adds), tried.Count(Changes), tried.Count(Keeps))
	return nil
}
