package app

import "vialog/wasm/internal/diary"

// bare is a JPEG file with nothing in it but what its pixels need, and their
// number. What a camera or an editor says about the picture (Exif with place,
// time and device, XMP, comments, previews inside) stands in segments of their
// own and is left out. The page has drawn the picture anew before; this does not
// rely on it. It is not ok for what is no such file.
func bare(b []byte) (out []byte, width, height uint16, ok bool) {
	if !diary.IsJPEG(b) {
		return nil, 0, 0, false
	}
	out = append(make([]byte, 0, len(b)), b[:2]...)
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker, size := b[at+1], int(b[at+2])<<8|int(b[at+3])
		next := at + 2 + size
		if size < 2 || next > len(b) {
			return nil, 0, 0, false
		}
		segment := b[at:next]
		switch {
		case marker == 0xda: // the scan, to the end of the file
			end := ending(b, next)
			if end < 0 || width == 0 || height == 0 {
				return nil, 0, 0, false
			}
			return append(append(out, segment...), b[next:end]...), width, height, true
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(segment) < 9 {
				return nil, 0, 0, false
			}
			height, width = uint16(segment[5])<<8|uint16(segment[6]), uint16(segment[7])<<8|uint16(segment[8])
			out = append(out, segment...)
		case marker == 0xe0 && len(segment) >= 16 && string(segment[4:9]) == "JFIF\x00":
			// The form alone: version and density, without a preview.
			out = append(append(out, 0xff, 0xe0, 0, 16), segment[4:16]...)
			out = append(out, 0, 0)
		case marker == 0xee && len(segment) == 16 && string(segment[4:9]) == "Adobe":
			out = append(out, segment...) // how colours are written
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe:
		case marker == 0xc4, marker == 0xdb, marker == 0xdd:
			out = append(out, segment...)
		default:
			return nil, 0, 0, false
		}
		at = next
	}
	return nil, 0, 0, false
}

// ending is where a picture of one or several scans ends, -1 if it does not.
// What follows the end of the picture is dropped.
func ending(b []byte, at int) int {
	for ; at+1 < len(b); at++ {
		if b[at] != 0xff {
			continue
		}
		switch m := b[at+1]; {
		case m == 0xd9:
			return at + 2
		case m == 0x00, m == 0xff, m >= 0xd0 && m <= 0xd7: // data, filling, a restart
		case m == 0xc4, m == 0xda, m == 0xdb, m == 0xdd: // tables between the scans of a progressive picture
			if at+4 > len(b) {
				return -1
			}
			at += 1 + int(b[at+2])<<8 + int(b[at+3])
		default:
			return -1 // nothing else stands there
		}
	}
	return -1
}
