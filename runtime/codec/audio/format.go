package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Format is a kind of file.
type Format struct {
	MediaType string
	Name      string // in messages
	// Open reads the header of a file. Whether it is one, [mediaOf] has seen.
	Open func(data []byte) (Stream, error)
}

// Header is what a file says of itself.
type Header struct {
	Rate     int   // samples a second
	Channels int   //
	Len      int64 // samples of each channel; -1 where only decoding tells
	Memory   int64 // bytes that decoding takes besides the samples
}

// Stream is a file whose header was read.
type Stream interface {
	Header() Header
	// Next gives the next samples, a row for each channel, which last until the call
	// that follows; io.EOF after the last. A file that ends before it says is
	// [ErrCut].
	Next() ([][]float32, error)
}

// ErrCut is the error of a file that ends before it should.
var ErrCut = errors.New("it ends early: it was cut off, or is still being written")

// Opened is f.Open, for decoders that panic.
func Opened(f *Format, data []byte) (s Stream, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("its decoder gave up: %v", p)
		}
	}()
	return f.Open(data)
}

// Next is s.Next, for decoders that panic.
func Next(s Stream) (rows [][]float32, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = nil, fmt.Errorf("its decoder gave up: %v", p)
		}
	}()
	return s.Next()
}

// format gives the one that reads files of a media type, nil where there is none.
func (l *Limits) format(media string) *Format {
	if media == wavType {
		return &wavFormat
	}
	for _, f := range l.Formats {
		if f.MediaType == media {
			return f
		}
	}
	return nil
}

// problem is what is wrong with a recording.
type problem struct {
	status int
	kind   string
	msg    string
}

func unusable(format string, args ...any) *problem {
	return &problem{422, "audio_type", fmt.Sprintf(format, args...)}
}

// broken says what is wrong by a decoder's error.
func broken(f *Format, err error) *problem {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrCut
	}
	return unusable("is a broken %s file: %v", f.Name, err)
}

// The media types of what can be decoded.
const (
	wavType    = "audio/wav"
	flacType   = "audio/flac"
	vorbisType = "audio/ogg"
	mp3Type    = "audio/mpeg"
)

// mediaOf gives the media type of a file that can be decoded, "" for any other. What a
// client calls it does not count.
func mediaOf(data []byte) string {
	begins := func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }
	switch {
	case len(data) >= 12 && (begins("RIFF") || begins("RF64") || begins("BW64")) && string(data[8:12]) == "WAVE":
		return wavType
	case bytes.HasPrefix(AfterID3(data), []byte("fLaC")):
		return flacType
	case begins("OggS") && bytes.Contains(data[:min(len(data), 64)], []byte("\x01vorbis")):
		return vorbisType
	case isMP3(data):
		return mp3Type
	}
	return ""
}

// isMP3 tells that a file begins with a frame of MPEG audio of Layer III (ISO/IEC
// 11172-3, 2.4.1.3), behind tags and zeros: 11 bits that are set, a version, the layer, a
// bit rate and a sampling frequency that there are.
func isMP3(data []byte) bool {
	b := bytes.TrimLeft(AfterID3(data), "\x00")
	return len(b) >= 4 && b[0] == 0xff && b[1]&0xe0 == 0xe0 && b[1]>>3&3 != 1 && b[1]>>1&3 == 1 && b[2]>>4 != 15 && b[2]>>2&3 != 3 && b[3]&3 != 2
}

// AfterID3 gives what lies behind a tag in front of a file (ID3v2, section 3.1).
func AfterID3(data []byte) []byte {
	for len(data) >= 10 && string(data[:3]) == "ID3" {
		size := 10
		for i, b := range data[6:10] {
			size += int(b&0x7f) << (7 * (3 - i))
		}
		if data[5]&0x10 != 0 { // a footer
			size += 10
		}
		data = data[min(size, len(data)):]
	}
	return data
}

// otherFormats are files that people send and that cannot be decoded, by how they
// begin, from a byte on.
var otherFormats = []struct {
	at          int
	magic, name string
}{
	{28, "OpusHead", "Opus"}, {28, "Speex", "Speex"}, {29, "FLAC", "FLAC inside Ogg"}, {0, "OggS", "Ogg without Vorbis"},
	{0, "RIFX", "RIFX, WAV of the other byte order"}, {0, "FORM", "AIFF"}, {0, "caff", "CAF"}, {0, ".snd", "AU"},
	{4, "ftypM4A", "AAC or ALAC in MP4"}, {4, "ftyp", "MP4"}, {0, "\x1a\x45\xdf\xa3", "WebM or Matroska"},
	{0, "#!AMR", "AMR"}, {0, "\xff\xf1", "AAC"}, {0, "\xff\xf9", "AAC"}, {0, "\xff\xf0", "AAC"}, {0, "\xff\xf8", "AAC"},
	{0, "\xff\xfd", "MPEG audio of layer II"}, {0, "\xff\xfc", "MPEG audio of layer II"}, {0, "\xff\xf5", "MPEG audio of layer II"}, {0, "\xff\xf4", "MPEG audio of layer II"},
	{0, "\xff\xff", "MPEG audio of layer I"}, {0, "\xff\xf7", "MPEG audio of layer I"}, {0, "MThd", "MIDI"},
	{0, "wvpk", "WavPack"}, {0, "MAC ", "Monkey's Audio"}, {0, "\x30\x26\xb2\x75", "WMA"}, {0, "riff", "Wave64"},
}

// otherFormat says what a file is that has no format that can be decoded.
func otherFormat(data []byte) string {
	for _, f := range otherFormats {
		if data := AfterID3(data); len(data) > f.at && bytes.HasPrefix(data[f.at:], []byte(f.magic)) {
			return "is " + f.name + ", which cannot be decoded"
		}
	}
	return "is no recording that can be decoded: WAV, FLAC, MP3 and Ogg Vorbis can"
}

// notAllowed is the problem of a file of another media type.
func (l *Limits) notAllowed(media string) *problem {
	types := l.MediaTypes
	if len(types) == 0 {
		types = []string{wavType}
		for _, f := range l.Formats {
			types = append(types, f.MediaType)
		}
	}
	return &problem{415, "media_type", "is " + media + "; allowed is " + strings.Join(types, ", ")}
}

func allowed(media string, types []string) bool {
	if len(types) == 0 {
		return true
	}
	for _, t := range types {
		if prefix, ok := strings.CutSuffix(t, "*"); ok && strings.HasPrefix(media, prefix) || t == media {
			return true
		}
	}
	return false
}
