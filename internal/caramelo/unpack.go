package caramelo

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// unpack returns a body without its content codings (RFC 9110, section 8.4), which are listed
// in the order in which they were applied. The call asks for none; a proxy on the way may
// compress the answer all the same. At most maxBody bytes are unpacked.
func unpack(body []byte, codings string) ([]byte, error) {
	for _, coding := range slices.Backward(strings.Split(codings, ",")) {
		switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
		case "", "identity":
		case "gzip", "x-gzip":
			r, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				body, err = io.ReadAll(io.LimitReader(r, maxBody))
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fmt.Errorf("%w: the gzip breaks off", errMalformed)
			}
			if err != nil {
				return nil, fmt.Errorf("%w: not gzip, as it says", errMalformed)
			}
		case "br", "compress", "deflate", "zstd":
			return nil, fmt.Errorf("%w: the content coding %s, which was not asked for", errMalformed, coding)
		default: // a header may repeat the secret, too
			return nil, fmt.Errorf("%w: a content coding that was not asked for", errMalformed)
		}
	}
	return body, nil
}
