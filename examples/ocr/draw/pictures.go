package main

import "image/color"

var (
	white  = color.RGBA{255, 255, 255, 255}
	black  = color.RGBA{0, 0, 0, 255}
	ink    = color.RGBA{30, 32, 60, 255}
	cream  = color.RGBA{250, 244, 226, 255}
	night  = color.RGBA{18, 24, 38, 255}
	yellow = color.RGBA{255, 214, 70, 255}
	red    = color.RGBA{176, 20, 30, 255}
	blue   = color.RGBA{20, 70, 160, 255}
	silver = color.RGBA{200, 204, 210, 255}
	steel  = color.RGBA{120, 126, 136, 255}
)

// column sets lines under each other.
func column(x, y, step int, size float64, face string, c color.Color, texts ...string) []line {
	var out []line
	for i, t := range texts {
		out = append(out, line{text: t, x: x, y: y + i*step, size: size, face: face, ink: c})
	}
	return out
}

// across gives the lines of several columns row by row, which is how they are read.
func across(columns ...[]line) []line {
	var out []line
	for i := range columns[0] {
		for _, c := range columns {
			if i < len(c) {
				out = append(out, c[i])
			}
		}
	}
	return out
}

func letter(degree float64, name string) picture {
	return picture{name: name, w: 720, h: 480, paper: cream, degree: degree, lines: column(60, 90, 70, 34, "regular", ink,
		"Dear reader of pictures,", "this page was drawn by a program", "and lies the way it fell.", "Which line comes first?", "Yours, the compiler")}
}

// invoice has narrow gaps between words, in colours, which JPEG blurs.
func invoice(name string) picture {
	return picture{name: name, w: 620, h: 360, paper: cream, lines: append(
		column(40, 70, 0, 30, "bold", blue, "Invoice 4711/12"),
		across(column(40, 140, 50, 22, "regular", ink, "Consulting", "Travel", "Total due"),
			column(400, 140, 50, 22, "bold", red, "EUR 1,250.00", "EUR 98,76", "EUR 1,348.76"))...)}
}

// pictures are all of them, by name.
func pictures() []picture {
	return []picture{
		{name: "bold.png", w: 800, h: 300, paper: white, lines: column(50, 110, 110, 64, "bold", red, "OPEN DAILY 9-17", "Closed on Sunday")},
		{name: "code.png", w: 900, h: 420, paper: night, lines: column(40, 70, 60, 28, "mono", silver,
			"func main() {", "listen(8080)", "return nil", "}")[0:3]},
		{name: "columns.png", w: 1100, h: 420, paper: white, lines: across(
			column(50, 80, 70, 30, "regular", black, "Morning train", "Platform seven", "Departs 07:45", "Arrives 09:30"),
			column(420, 80, 70, 30, "regular", black, "Evening train", "Platform three", "Departs 18:15", "Arrives 20:05"),
			column(790, 80, 70, 30, "regular", black, "Night train", "Platform one", "Departs 23:50", "Arrives 06:20"))},
		{name: "dark.png", w: 760, h: 320, paper: night, lines: column(60, 100, 90, 44, "medium", yellow, "Serving runtime 2026", "ready in milliseconds")},
		{name: "fade.png", w: 800, h: 500, paper: white, fade: color.RGBA{150, 180, 220, 255}, lines: column(60, 100, 100, 40, "italic", blue,
			"The sky above the port", "was the color of television,", "tuned to a dead channel", "and slowly faded away")},
		{name: "faint.png", w: 760, h: 320, paper: silver, lines: column(60, 110, 100, 44, "regular", steel, "Low contrast text", "is harder to read")},
		{name: "gray.png", w: 640, h: 300, paper: white, gray: true, lines: column(50, 100, 90, 40, "regular", black, "No colours in here", "only shades of gray")},
		{name: "huge.png", w: 1600, h: 500, paper: yellow, lines: column(90, 300, 0, 160, "bold", black, "WATCH OUT")},
		invoice("invoice.jpg"), invoice("invoice.png"),
		letter(0, "letter-0.png"), letter(180, "letter-180.png"), letter(270, "letter-270.png"), letter(90, "letter-90.png"),
		letter(4, "letter-tilt.png"),
		{name: "noise.jpg", w: 760, h: 360, paper: cream, noise: 28, lines: column(60, 110, 100, 42, "medium", ink, "Grain and compression", "make it look like a photo")},
		{name: "numbers.png", w: 700, h: 420, paper: white, lines: column(60, 90, 80, 40, "mono", black, "192.168.0.1:8080", "+49 30 1234567", "2026-11-25", "3.14159265")},
		{name: "receipt.png", w: 520, h: 620, paper: white, noise: 6, lines: append(append(
			column(150, 70, 0, 36, "bold", black, "GROCERIES"),
			across(column(40, 150, 60, 28, "mono", black, "Bread", "Butter", "Apples", "Coffee", "Total"),
				column(380, 150, 60, 28, "mono", black, "2.49", "1.99", "3.20", "7.75", "15.43"))...),
			column(60, 530, 0, 26, "regular", black, "Thank you for your visit")...)},
		{name: "short.png", w: 320, h: 48, paper: white, lines: column(12, 34, 0, 28, "regular", black, "A single short line")},
		{name: "small.png", w: 420, h: 200, paper: white, lines: column(20, 40, 30, 14, "regular", black,
			"Fourteen pixels are small,", "but the letters are clear.", "Terms and conditions apply.", "See the last page.")},
		{name: "steep.png", w: 900, h: 360, paper: white, degree: -20, lines: column(60, 130, 130, 52, "regular", ink, "Going up the hill", "and down again")},
		{name: "strip.png", w: 1400, h: 90, paper: white, lines: column(30, 60, 0, 40, "regular", blue, "Breaking news: pictures can be read by a server written in Go")},
		{name: "tiny.png", w: 300, h: 26, paper: white, lines: column(6, 20, 0, 18, "regular", black, "A very thin strip")},
		{name: "wide.png", w: 2600, h: 900, paper: cream, lines: column(120, 200, 220, 90, "regular", ink,
			"Larger than two thousand pixels", "so it is scaled down first,", "and the boxes are scaled back")},
	}
}
