package caramelo

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

// unpack returns a body without its content coding. The call asks for none; a proxy on the
// way may compress the answer all the same. At most maxBody bytes are unpacked.
func unpack(body []byte, coding string) ([]byte, error) {
	switch strings.ToLower(coding) {
	case "identity":
		return body, nil
	case "gzip", "x-gzip":
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			body, err = io.ReadAll(io.LimitReader(r, maxBody))
		}
		if err != nil {
			return nil, fmt.Errorf("%w: not gzip, as it says", errMalformed)
		}
		return body, nil
	}
	return nil, fmt.Errorf("%w: a content coding that was not asked for", errMalformed)
}
