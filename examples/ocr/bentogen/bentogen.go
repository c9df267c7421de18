// Package bentogen is a stand-in until bentoc generates it.
package bentogen

import "image"

type Image struct {
	Pixels    image.Image
	MediaType string
	Data      []byte
}

type Tensor[T any] struct {
	Shape []int
	Data  []T
}

type Page struct {
	Pixels Tensor[uint8]
	Width  int64
	Height int64
	Top    int64
}

type Line struct {
	Box    [][2]int64
	Angle  Tensor[float32]
	Pixels Tensor[float32]
	Width  int64
	Turned bool
}

type Found struct {
	Box    [][2]int64
	Text   string
	Score  float64
	Turned bool
}

type Text struct {
	Box   [][2]int64
	Text  string
	Score float64
}

type PrepInput struct{ Image Image }
type PrepOutput struct {
	X    Tensor[float32]
	Page Page
}
type CutInput struct {
	Scores Tensor[float32]
	Page   Page
}
type CutOutput struct{ Lines []Line }
type LevelInput struct {
	Lines  []Line
	Angles []Tensor[float32]
}
type LevelOutput struct{ Lines []Line }
type SpellInput struct{ Probs Tensor[float32] }
type SpellOutput struct {
	Text  string
	Score float64
}
type ArrangeInput struct {
	Found    []Found
	MinScore float64
}
type ArrangeOutput struct{ Lines []Text }
