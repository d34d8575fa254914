// Command mutants takes each protection of docs/mutants.md away once, in a copy of the
// tree, and runs the test that must fail then. Its arguments are the requirements that are
// tried; without any, all are.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, ids []string) (err error) {
	page, err := os.ReadFile(tablePath)
	if err != nil {
		return err
	}
	table, err := parse(string(page))
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(table.mutants, func(m mutant) bool { return !m.isOf(ids) || m.gone(".") })
	if len(chosen) == 0 {
		return fmt.Errorf("%s changes nothing for %s", tablePath, strings.Join(ids, ", "))
	}
	copied, err := copyTree(".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(string(copied))) }()
	tests, failing, bad := testsOf(chosen), map[string]map[string]error{}, 0
	for _, m := range chosen {
		if failing[m.pkg] == nil {
			failing[m.pkg] = copied.asItIs(ctx, m.pkg, tests[m.pkg])
		}
		began, verdict, err := time.Now(), "", failing[m.pkg][m.test]
		if err == nil {
			verdict, err = copied.try(ctx, m)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			verdict = "ERROR"
		}
		if verdict != caught {
			bad++
		}
		fmt.Printf("%-8s  %-16s  %s, %s (%.0f s)\n",
			verdict, strings.Join(m.ids, ", "), m.test, m.file, time.Since(began).Seconds())
		if err != nil {
			fmt.Println(err)
		}
	}
	fmt.Printf("%d of %d caught, %d requirements not tried yet\n", len(chosen)-bad, len(chosen), len(table.untried))
	if bad > 0 {
		return fmt.Errorf("%d of %d were not caught", bad, len(chosen))
	}
	return nil
}

// testsOf are the tests that are run, by package.
func testsOf(mutants []mutant) map[string][]string {
	tests := map[string][]string{}
	for _, m := range mutants {
		if !slices.Contains(tests[m.pkg], m.test) {
			tests[m.pkg] = append(tests[m.pkg], m.test)
		}
	}
	return tests
}
