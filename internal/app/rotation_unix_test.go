//go:build unix

package app

import (
	"bytes"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
)

// A pipe gives what is in it once.
func TestAPipeIsReadOnce(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a := &App{log: NewLog(&log, Settings{LogLevel: "info"})}
	s := Settings{secretFiles: map[string]string{"CARAMELO_SECRET_TOKEN": pipe}, SecretToken: caramelo.NewSecret("sk")}
	secret := a.token(s)
	a.secretFiles[0].read()
	if secret.Reveal() != "sk" || log.Len() != 0 {
		t.Errorf("%s, %s", secret.Reveal(), log.String())
	}
}
