package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"runtime"

	"github.com/klauspost/compress/flate"
)

// gzipped writes an answer in gzip (RFC 1952), in parts of which each is compressed by itself.
// So nothing is kept while the next part is waited for. And what is secret in one part cannot
// be guessed from how well it compresses beside what somebody else has put into another one
// (BREACH).
type gzipped struct {
	sum, size uint32 // of what was written
}

// level is a good deal faster than that of most servers, for pages a twentieth larger.
const level = 3

// compressors are as many as can be at work at the same time. Each is 600 KB, and is made
// when it is needed first.
var compressors = func() chan *flate.Writer {
	all := make(chan *flate.Writer, runtime.GOMAXPROCS(0))
	for range cap(all) {
		all <- nil
	}
	return all
}()

// begin writes the header, with a comment of up to 255 bytes, which nobody reads. Its length
// is random, and hides how long the rest is from who wants to guess what it holds.
func (g *gzipped) begin(out *bytes.Buffer) {
	var length [1]byte
	_, _ = rand.Read(length[:]) // it never fails
	const hasComment, unknownSystem = 1 << 4, 255
	out.Write([]byte{0x1f, 0x8b, 8, hasComment, 0, 0, 0, 0, 0, unknownSystem})
	for range length[0] {
		out.WriteByte('.')
	}
	out.WriteByte(0)
}

// part writes a part. After the last one nothing may follow.
func (g *gzipped) part(out *bytes.Buffer, content []byte, last bool) {
	compressor := <-compressors
	defer func() { compressors <- compressor }()
	if compressor == nil {
		compressor, _ = flate.NewWriter(nil, level) // it fails for a wrong level alone
	}
	compressor.Reset(out) // a buffer takes everything, so that nothing below fails
	_, _ = compressor.Write(content)
	g.sum = crc32.Update(g.sum, crc32.IEEETable, content)
	g.size += uint32(len(content)) // #nosec G115 -- RFC 1952 wants it modulo 2³²
	if !last {
		_ = compressor.Flush()
		return
	}
	_ = compressor.Close()
	out.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, g.sum), g.size))
}
