package main

import (
	"math"
	"math/rand/v2"
)

// side is the width and height of a drawn digit, in points.
const side = 8

// digit is a drawn digit: 0 is paper, 1 is ink.
type digit struct {
	is     int
	pixels [side * side]float64
}

type point struct{ x, y float64 }

// strokes are the lines of each digit in a square from -1 to 1, y downwards.
var strokes = [10][][]point{
	{arc(0, 0, 0.6, 0.9, 0, 360)},
	{{{-0.35, -0.55}, {0.1, -0.9}, {0.1, 0.9}}},
	{append(arc(0, -0.4, 0.55, 0.5, -170, 40), point{-0.6, 0.9}, point{0.6, 0.9})},
	{arc(-0.05, -0.45, 0.5, 0.45, -150, 90), arc(-0.05, 0.45, 0.6, 0.45, -90, 150)},
	{{{0.3, 0.9}, {0.3, -0.9}, {-0.6, 0.35}, {0.65, 0.35}}},
	{append([]point{{0.5, -0.9}, {-0.45, -0.9}, {-0.5, -0.1}}, arc(-0.05, 0.35, 0.6, 0.55, -120, 150)...)},
	{{{0.4, -0.9}, {-0.3, -0.2}, {-0.55, 0.3}}, arc(0, 0.4, 0.55, 0.5, 0, 360)},
	{{{-0.6, -0.9}, {0.6, -0.9}, {-0.15, 0.9}}},
	{arc(0, -0.45, 0.45, 0.45, 0, 360), arc(0, 0.45, 0.55, 0.45, 0, 360)},
	{arc(0, -0.4, 0.55, 0.5, 0, 360), {{0.55, -0.35}, {0.4, 0.3}, {0.0, 0.9}}},
}

// arc is a part of an ellipse between two angles in degrees, clockwise from the right.
func arc(cx, cy, rx, ry, from, to float64) []point {
	var out []point
	for i := range 17 {
		sin, cos := math.Sincos((from + (to-from)*float64(i)/16) * math.Pi / 180)
		out = append(out, point{cx + rx*cos, cy + ry*sin})
	}
	return out
}

func drawMany(r *rand.Rand, n int) []digit {
	out := make([]digit, n)
	for i := range out {
		out[i] = draw(r, r.IntN(10))
	}
	return out
}

// draw draws a digit: turned, slanted, stretched, moved, thick or thin, with
// dirt on the paper.
func draw(r *rand.Rand, is int) digit {
	within := func(v float64) float64 { return (2*r.Float64() - 1) * v }
	sin, cos := math.Sincos(within(0.2))
	width, height, slant := 2.6+within(0.7), 3.0+within(0.5), within(0.25)
	dx, dy := 3.5+within(0.7), 3.5+within(0.6)
	thick, dark := 0.55+within(0.2), 0.85+within(0.15)
	place := func(p point) point {
		x, y := (p.x-slant*p.y)*width, p.y*height
		return point{dx + x*cos - y*sin, dy + x*sin + y*cos}
	}
	d := digit{is: is}
	for i := range d.pixels {
		at := point{float64(i % side), float64(i / side)}
		near := math.Inf(1)
		for _, s := range strokes[is] {
			for j := range s[1:] {
				near = min(near, distance(at, place(s[j]), place(s[j+1])))
			}
		}
		ink := dark * min(max(thick+0.5-near, 0), 1)
		d.pixels[i] = min(max(ink+within(0.1), 0), 1)
	}
	return d
}

// distance is how far p is from the line between a and b.
func distance(p, a, b point) float64 {
	x, y := b.x-a.x, b.y-a.y
	t := 0.0
	if n := x*x + y*y; n > 0 {
		t = min(max(((p.x-a.x)*x+(p.y-a.y)*y)/n, 0), 1)
	}
	return math.Hypot(p.x-a.x-t*x, p.y-a.y-t*y)
}
