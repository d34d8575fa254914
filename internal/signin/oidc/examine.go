package oidc

import (
	"context"
	"errors"
	"strings"
)

// Ability is what a provider says that it can do.
type Ability struct {
	SignOut     bool // it has an address to sign out at
	BackChannel bool // it says here that somebody has signed out there
}

// Examine asks a provider what it says of itself, as the first sign-in does. The error says
// what is wrong, without what the provider has answered but for its name.
func Examine(ctx context.Context, p Provider) (Ability, error) {
	d, err := newProvider(p).ask(ctx)
	if err != nil {
		return Ability{}, errors.New(strings.TrimPrefix(err.Error(), errDown.Error()+": "))
	}
	return Ability{SignOut: d.Metadata.EndSession != "", BackChannel: d.Metadata.BackChannel}, nil
}
