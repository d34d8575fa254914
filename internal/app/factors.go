package app

import (
	"context"
	"fmt"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
)

// LostFactors is a warning where people's second factors cannot be opened with the
// SECRET_KEY, nil where all can be.
func (p *Parsed) LostFactors(ctx context.Context, s *store.Store) (*SettingsWarning, error) {
	lost, all, err := signin.LostFactors(ctx, s, p.Seal)
	if err != nil || lost == 0 {
		return nil, err
	}
	return &SettingsWarning{
		Setting: "SECRET_KEY",
		Seen: fmt.Sprintf("%d of %d second factors cannot be opened: "+
			"SECRET_KEY is another than when they were set up, "+
			"or missing", lost, all),
		Mend: "put the old one back; where it is lost, their owners sign in with recovery codes, or " +
			"intranet user factor " +
			"removes the factor, and they set it up again",
	}, nil
}
