package testdb

import (
	"os"
	"syscall"
)

// roomy is the least free space, in bytes, that makes a memory disk a place for
// test data. Docker's default of 64 MB is none.
const roomy = 1 << 30

// baseFolder is where the server's folder goes: in memory where there is room,
// because cloning a database creates hundreds of files, which a disk's journal
// makes up to thirty times slower. TMPDIR, if set, has the last word.
func baseFolder() string {
	const shm = "/dev/shm"
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Access(shm, 2) == nil && syscall.Statfs(shm, &fs) == nil &&
		fs.Bavail*uint64(fs.Bsize) >= roomy {
		return shm
	}
	return os.TempDir()
}
