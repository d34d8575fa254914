//go:build unix && !aix && !solaris

package localpg

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of a package, well above the 1,100 files and 133 MB of the largest.
const (
	maxEntries  = 10_000
	maxUnpacked = 512 << 20 // bytes, all files together
	maxLinks    = 200
)

// inPackage is the part of the package that is kept.
const inPackage = "package/native/"

// unpack extracts the Postgres of a package into the new folder dir: bin, lib
// and share. Only plain files are accepted, and os.Root holds them inside dir
// whatever their names say. Everybody may read the result, whatever the umask:
// root unpacks for another user.
func unpack(ctx context.Context, tgz io.Reader, dir string) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	zip, err := gzip.NewReader(tgz)
	if err != nil {
		return err
	}
	entries := tar.NewReader(zip)
	for n, total := 0, int64(0); ; n++ {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// An entry yields no more than the size in its header.
		if total += header.Size; total > maxUnpacked || n >= maxEntries {
			return errors.New("the package is larger than any that this program knows")
		}
		if err := extract(root, header, entries); err != nil {
			return err
		}
	}
	return link(root)
}

// extract writes one entry. What is not part of Postgres is passed over, but
// only after its name and kind were found harmless.
func extract(root *os.Root, header *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(header.Name, "/")
	if !filepath.IsLocal(name) || path.Clean(name) != name {
		return fmt.Errorf("%q leads out of the package", header.Name)
	}
	switch header.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return nil // folders are made for their files
	default:
		return fmt.Errorf("%q is not a plain file (type %q)", header.Name, header.Typeflag)
	}
	name, ok := strings.CutPrefix(name, inPackage)
	if !ok {
		return nil
	}
	if err := mkdirs(root, path.Dir(name)); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if header.Mode&0o111 != 0 {
		mode = 0o755
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Chmod(mode), file.Close())
}

// mkdirs is MkdirAll with a mode that no umask narrows.
func mkdirs(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	err := root.Mkdir(dir, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err := mkdirs(root, path.Dir(dir)); err != nil {
			return err
		}
		err = root.Mkdir(dir, 0o755)
	}
	return errors.Join(err, root.Chmod(dir, 0o755))
}

// link makes the symbolic links between the libraries. npm packages cannot hold
// any, so this one lists them in a file: source is the library, target the link.
func link(root *os.Root) error {
	const list = "pg-symlinks.json"
	b, err := root.ReadFile(list)
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("read %s: %w", list, err)
	}
	if len(links) > maxLinks {
		return fmt.Errorf("%s lists %d links", list, len(links))
	}
	for _, l := range links {
		source, ok1 := strings.CutPrefix(l.Source, "native/")
		target, ok2 := strings.CutPrefix(l.Target, "native/")
		if !ok1 || !ok2 || !filepath.IsLocal(source) || !filepath.IsLocal(target) {
			return fmt.Errorf("%s: the link %q to %q leads out of the package", list, l.Target, l.Source)
		}
		if info, err := root.Lstat(source); err != nil || !info.Mode().IsRegular() {
			return fmt.Errorf("%s: the link %q leads to %q, which is no file of the package", list, l.Target, l.Source)
		}
		to, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := root.Symlink(to, target); err != nil {
			return err
		}
	}
	return nil
}
