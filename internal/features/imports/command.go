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

	DisableMissing bool `help:"The file lists everybody: disable who is not in it, but for admins."`
	ConfirmMissing int  `placeholder:"N" help:"Disable that many people, where they are more than a fifth of all."`

	Older bool `name:"windows-1252" help:"The file is not in Unicode but in Windows-1252, as Excel saves “CSV”."`
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
		file := parse(text)
		file.Whole = c.DisableMissing
		confirmed := false
		tried, err := people{s}.importFile(ctx, store.CommandLine, file, func(i Import) bool {
			confirmed = i.confirmed(c.ConfirmMissing)
			return confirmed && !c.DryRun
		})
		if err != nil {
			return err
		}
		if err := c.report(ctx, to, tried); err != nil || confirmed || c.DryRun {
			return err
		}
		return fmt.Errorf("nobody was imported: %d of %d people would be disabled; if that is right, say "+
			"--confirm-missing=%[1]d", len(tried.Missing), tried.Staff)
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
		for _, p := range tried.Missing {
			fmt.Fprintf(to.Out, "%s: %s\n", p.Email, i18n.T(ctx, "people.import.missing"))
		}
		fmt.Fprint(to.Out, "nothing was changed; it would be: ")
	}
	if c.DryRun || tried.confirmed(c.ConfirmMissing) {
		fmt.Fprintln(to.Out, tried.summary())
	}
	return nil
}
